"""One process of a camera group, from its first report to its end."""

import traceback
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from ommatid_edge.camera_group.bounds import GroupBounds, RestartReason, judge
from ommatid_edge.camera_group.messages import Alive, Report, Stop
from ommatid_edge.camera_group.process import GroupProcess
from ommatid_edge.camera_group.wire import MalformedReportError, ReportReader
from ommatid_schemas.redaction import redact

_log = structlog.get_logger(__name__)

_DISMISSED_S = 5.0
"""Time that a dismissed process has for ending in order."""


class Inbox(Protocol):
    """Takes what groups report, from one thread per group."""

    def take(self, report: Report) -> None:
        """Take one report; those of one camera come in order."""
        ...

    def lost(self, camera_ids: Sequence[str]) -> None:
        """The process that watched these cameras is gone; they are watched again soon."""
        ...


class ProcessLife:
    """Listens to one process, and ends it when it breaks its bounds.

    Args:
        number: Number of the group, for logs.
        process: The process, already told what to do.
        bounds: What it keeps to.
        inbox: Takes its reports.
        monotonic_s: Monotonic clock, seconds.
    """

    def __init__(
        self,
        number: int,
        process: GroupProcess,
        bounds: GroupBounds,
        inbox: Inbox,
        monotonic_s: Callable[[], float],
    ) -> None:
        self._number = number
        self._process = process
        self._bounds = bounds
        self._inbox = inbox
        self._monotonic_s = monotonic_s
        self._reader = ReportReader()
        self._alive: Alive | None = None

    def listen(self, heard: Callable[[Alive], None]) -> RestartReason:
        """Take reports until their end.

        Args:
            heard: Told each sign of life.

        Returns:
            Why the process ended.
        """
        try:
            return self._listen(heard)
        except MalformedReportError as fault:
            _log.error("camera group unreadable", group=self._number, reason=str(fault))
            reason = RestartReason.MALFORMED
        # Outermost supervisor of a group's thread: a fault of the agent itself at one report costs this
        # group's process, whose cameras come back, and not the thread, without which they would not.
        except Exception as fault:  # noqa: BLE001
            trace = "".join(traceback.format_tb(fault.__traceback__))
            _log.error("agent fault at camera group", group=self._number, reason=redact(repr(fault)), trace=trace)
            reason = RestartReason.AGENT_FAULT
        self._process.kill()
        return reason

    def _listen(self, heard: Callable[[Alive], None]) -> RestartReason:
        heard_s = dismissed_s = self._monotonic_s()
        verdict = None
        while (received := self._process.receive()) != b"":
            now_s = self._monotonic_s()
            if received is not None:
                heard_s = now_s
                self._take(received, heard)
            if verdict is not None:
                if now_s - dismissed_s > _DISMISSED_S:
                    self._process.kill()
            elif (verdict := judge(self._bounds, self._alive, now_s - heard_s)) is not None:
                dismissed_s = now_s
                self._dismiss(verdict)
        return verdict or RestartReason.CRASHED

    def _take(self, received: bytes, heard: Callable[[Alive], None]) -> None:
        for report in self._reader.feed(received):
            if isinstance(report, Alive):
                self._alive = report
                heard(report)
            else:
                self._inbox.take(report)

    def _dismiss(self, verdict: RestartReason) -> None:
        """End a process that breaks its bounds: in order if it can still hear that, else at once."""
        used = 0 if self._alive is None else self._alive.rss_bytes
        found = f"{used >> 20} MiB of memory" if verdict is RestartReason.MEMORY else "no sign of life"
        _log.error(
            "camera group out of bounds",
            group=self._number,
            reason=f"camera group {self._number}: expected at most {self._bounds.memory_bytes >> 20} MiB "
            f"and a sign of life every {self._bounds.silence_s:.0f} s, found {found}; replacing its process",
        )
        if verdict is RestartReason.MEMORY:
            self._process.send(Stop())
        else:
            self._process.kill()
