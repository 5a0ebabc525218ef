"""Notices that the brokers acknowledge nothing, and says so once in a while instead of always."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ommatid_schemas.events import Reason

_PATIENCE_S = 5.0
_LONGEST_SILENCE_S = 60.0


class Notice(StrEnum):
    """What an operator should hear."""

    OVERDUE = "overdue"
    RECOVERED = "recovered"
    LOST = "lost"
    HELD_BACK = "held_back"


@dataclass(frozen=True, slots=True)
class Progress:
    """Records since the start, and what waits now.

    Attributes:
        acknowledged: Records that the brokers have.
        failed: Records that they will never take.
        queued: Records under way.
        last_failure: Why the latest one failed or came back.
        returned: Times that a record came back, to be sent again.
        backlog_frames: Frames in the spool; those under way are among them.
        backlog_bytes: Bytes they take on disk.
        oldest_age_s: Since when the oldest of them waits, seconds.
        evicted: Frames that had to go because the spool was full, by the reason for which they were chosen.
    """

    acknowledged: int
    failed: int
    queued: int
    last_failure: str = ""
    returned: int = 0
    backlog_frames: int = 0
    backlog_bytes: int = 0
    oldest_age_s: float = 0.0
    evicted: Mapping[Reason, int] = field(default_factory=dict[Reason, int])

    @property
    def waits(self) -> bool:
        """Whether anything is not acknowledged yet."""
        return self.queued > 0 or self.backlog_frames > 0


@dataclass(frozen=True, slots=True)
class WatchState:
    """What was last seen, and when to speak next (monotonic seconds).

    Attributes:
        acknowledged: Records acknowledged when last looked at.
        failed: Records failed when last told.
        waiting_since_s: Since when records wait without any acknowledgement; None when none do.
        notices: Notices about the present outage.
        next_overdue_s: Earliest time of the next notice about it.
        next_lost_s: Earliest time of the next notice about failed records.
        returned: Records come back when last told.
        next_held_back_s: Earliest time of the next notice about them.
    """

    acknowledged: int = 0
    failed: int = 0
    waiting_since_s: float | None = None
    notices: int = 0
    next_overdue_s: float = 0.0
    next_lost_s: float = 0.0
    returned: int = 0
    next_held_back_s: float = 0.0

    @property
    def overdue(self) -> bool:
        """Whether an outage was noticed and is not over."""
        return self.notices > 0


def watch(state: WatchState, progress: Progress, at_s: float) -> tuple[WatchState, tuple[Notice, ...]]:
    """Look at the progress once; call it about once a second.

    The first notice of an outage comes after 5 s without any acknowledgement, the following ones
    after 5, 10, 20, ... and at most 60 s more.

    Args:
        state: State after the last look.
        progress: Records so far.
        at_s: Monotonic time, seconds.
    """
    after_waiting, waiting = _watch_waiting(state, progress, at_s)
    after_losses, lost = _watch_losses(after_waiting, progress, at_s)
    after, held_back = _watch_returns(after_losses, progress, at_s)
    return after, waiting + lost + held_back


def _watch_waiting(state: WatchState, progress: Progress, at_s: float) -> tuple[WatchState, tuple[Notice, ...]]:
    if progress.acknowledged > state.acknowledged or not progress.waits:
        still_away = state.overdue and progress.acknowledged == state.acknowledged
        if still_away:
            return state, ()
        moved = replace(state, acknowledged=progress.acknowledged, waiting_since_s=None, notices=0)
        return moved, (Notice.RECOVERED,) if state.overdue else ()
    if state.waiting_since_s is None:
        return replace(state, waiting_since_s=at_s, next_overdue_s=at_s + _PATIENCE_S), ()
    if at_s < state.next_overdue_s:
        return state, ()
    pause_s = min(_LONGEST_SILENCE_S, _PATIENCE_S * 2.0**state.notices)
    return replace(state, notices=state.notices + 1, next_overdue_s=at_s + pause_s), (Notice.OVERDUE,)


def _watch_losses(state: WatchState, progress: Progress, at_s: float) -> tuple[WatchState, tuple[Notice, ...]]:
    if progress.failed == state.failed or at_s < state.next_lost_s:
        return state, ()
    return replace(state, failed=progress.failed, next_lost_s=at_s + _LONGEST_SILENCE_S), (Notice.LOST,)


def _watch_returns(state: WatchState, progress: Progress, at_s: float) -> tuple[WatchState, tuple[Notice, ...]]:
    if progress.returned == state.returned or at_s < state.next_held_back_s:
        return state, ()
    return replace(state, returned=progress.returned, next_held_back_s=at_s + _LONGEST_SILENCE_S), (Notice.HELD_BACK,)
