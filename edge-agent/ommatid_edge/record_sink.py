"""Where records leave the agent: an interface of its own, and a sink in memory for tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ommatid_edge.frame_selection import DropReason

OnDone = Callable[[str | None], None]
"""Called once per accepted record: None when it was acknowledged, else one sentence why it never will be."""


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One record; ``timestamp_ms`` is milliseconds since the Unix epoch."""

    topic: str
    key: bytes
    value: bytes = field(repr=False)
    timestamp_ms: int


class RecordSink(Protocol):
    """Takes records from any thread, keeps their order per key, and never blocks."""

    def send(self, record: OutgoingRecord, on_done: OnDone) -> DropReason | None:
        """Accept a record, or say why not.

        Returns:
            None when the record was accepted; ``on_done`` then follows, possibly before this
            returns, from any thread. Else the reason; ``on_done`` is not called.
        """
        ...

    @property
    def queued(self) -> int:
        """Records accepted and not done."""
        ...

    def close(self, deadline_s: float) -> int:
        """Wait for what is queued, then give up the rest; returns how many were given up."""
        ...


class InMemorySink:
    """Keeps records; acknowledges at once, or when told.

    Args:
        limit: Records that may wait for their acknowledgement.
        acknowledge: Whether records are acknowledged at once.
    """

    def __init__(self, limit: int = 1_000_000, *, acknowledge: bool = True) -> None:
        self.records: list[OutgoingRecord] = []
        self._limit = limit
        self._acknowledge = acknowledge
        self._waiting: list[OnDone] = []

    def send(self, record: OutgoingRecord, on_done: OnDone) -> DropReason | None:
        """Keep a record, unless the limit is reached."""
        if len(self._waiting) >= self._limit:
            return DropReason.QUEUE_FULL
        self.records.append(record)
        self._waiting.append(on_done)
        if self._acknowledge:
            self.finish(None)
        return None

    def finish(self, failure: str | None) -> None:
        """Report one outcome for everything that waits."""
        waiting, self._waiting = self._waiting, []
        for on_done in waiting:
            on_done(failure)

    @property
    def queued(self) -> int:
        """Records that wait."""
        return len(self._waiting)

    def close(self, deadline_s: float) -> int:
        """Give up what waits."""
        del deadline_s
        given_up = len(self._waiting)
        self.finish("the sink was closed")
        return given_up
