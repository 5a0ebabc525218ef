"""Whether too many deliveries of a priority are late: (state, delivery, now) to (state, change). Pure."""

from dataclasses import dataclass, replace

_SLOTS = 30


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """When there are too many.

    Attributes:
        share: Of the deliveries in a window, from which they are; below half of it they are no longer.
        window_s: Length of the window, seconds.
        least: Late deliveries without which a share says nothing.
    """

    share: float = 0.1
    window_s: float = 600.0
    least: int = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """Deliveries of a thirtieth of a window.

    Attributes:
        number: Which one, since the epoch.
        delivered: All of them, late ones too.
        late: Later than their priority allows.
    """

    number: int
    delivered: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Lateness:
    """Deliveries of one priority.

    Attributes:
        slots: Of the window, oldest first; without those in which nothing was delivered.
        since_us: Since when there have been too many late ones, microseconds since the epoch; None: there are not.
    """

    slots: tuple[Slot, ...] = ()
    since_us: int | None = None

    @property
    def delivered(self) -> int:
        """Deliveries in the window."""
        return sum(slot.delivered for slot in self.slots)

    @property
    def late(self) -> int:
        """Late ones among them."""
        return sum(slot.late for slot in self.slots)

    @property
    def share(self) -> float:
        """Late ones of all."""
        return self.late / self.delivered if self.delivered else 0.0


@dataclass(frozen=True, slots=True)
class LateChange:
    """Too many deliveries have become late, or that is over.

    Attributes:
        since_us: When they became too many; the same at the end.
        share: Late ones of all in the window.
        over: Whether it is over.
    """

    since_us: int
    share: float
    over: bool


def late_once(
    captured_at_us: int, before_us: int | None, at_us: int, within_s: float, *, acknowledged: bool
) -> bool | None:
    """How an attempt counts, so that each message counts once, and one that is not delivered at all counts too.

    Args:
        captured_at_us: When the alert was captured, microseconds since the epoch.
        before_us: Start of the attempt before; None for the first one.
        at_us: Acknowledgement, or the start of an attempt that failed.
        within_s: What the priority allows.
        acknowledged: Whether the attempt succeeded.

    Returns:
        Whether the message is late; None where it counts later, or has been counted.
    """
    allowed_to_us = captured_at_us + within_s * 1e6
    if before_us is not None and before_us > allowed_to_us:
        return None
    late = at_us > allowed_to_us
    return late if late or acknowledged else None


def delivered(state: Lateness, now_us: int, policy: LatePolicy, *, late: bool) -> tuple[Lateness, LateChange | None]:
    """State after a delivery, and what changes by it.

    Args:
        state: Before.
        now_us: Microseconds since the epoch.
        policy: When there are too many.
        late: Whether it was late.
    """
    *before, last = _window(state, now_us, policy) or (Slot(_slot(now_us, policy)),)
    if last.number != _slot(now_us, policy):
        before, last = [*before, last], Slot(_slot(now_us, policy))
    slot = replace(last, delivered=last.delivered + 1, late=last.late + late)
    return _judged(replace(state, slots=(*before, slot)), now_us, policy)


def time_passed(state: Lateness, now_us: int, policy: LatePolicy) -> tuple[Lateness, LateChange | None]:
    """State after some time without a delivery, and what changes by it."""
    return _judged(replace(state, slots=_window(state, now_us, policy)), now_us, policy)


def _judged(state: Lateness, now_us: int, policy: LatePolicy) -> tuple[Lateness, LateChange | None]:
    if state.since_us is None:
        if state.late < policy.least or state.share < policy.share:
            return state, None
        return replace(state, since_us=now_us), LateChange(now_us, state.share, over=False)
    if state.share >= policy.share / 2:
        return state, None
    return replace(state, since_us=None), LateChange(state.since_us, state.share, over=True)


def _window(state: Lateness, now_us: int, policy: LatePolicy) -> tuple[Slot, ...]:
    """Slots of the window; those ahead of a clock that was set back are forgotten too."""
    last = _slot(now_us, policy)
    return tuple(slot for slot in state.slots if last - _SLOTS < slot.number <= last)


def _slot(now_us: int, policy: LatePolicy) -> int:
    return int(now_us // (policy.window_s * 1e6 / _SLOTS))
