"""Where records leave the agent: an interface of its own, and a sink in memory for tests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ommatid_edge.frame_selection import DropReason


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """One record; ``timestamp_ms`` is milliseconds since the Unix epoch."""

    topic: str
    key: bytes
    value: bytes = field(repr=False)
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The brokers have the record."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The record will never be taken; ``sentence`` says why."""

    reason: DropReason
    sentence: str


@dataclass(frozen=True, slots=True)
class Returned:
    """The record was not taken for now and may be sent again; ``sentence`` says why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Busy:
    """There is no room for the record before others are done."""


Outcome = Acknowledged | Refused | Returned
OnDone = Callable[[Outcome], None]
"""Called once per accepted record."""


class RecordSink(Protocol):
    """Takes records from any thread, keeps their order per key, and never blocks.

    Of the records of one key, none is acknowledged after a later one, unless an outcome of the
    former came first: whoever waits for all outcomes and sends again what was returned keeps the order.
    """

    def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
        """Accept a record, or say why not.

        Returns:
            None when the record was accepted; ``on_done`` then follows, possibly before this
            returns, from any thread. Else what became of it; ``on_done`` is not called.
        """
        ...

    def mend(self) -> None:
        """Begin anew if the sink stopped for good; what it held is returned before this returns.

        Only whoever needs an order calls it, between two looks at the outcomes: were it done within
        ``send``, a record could overtake those that are returned.
        """
        ...

    @property
    def queued(self) -> int:
        """Records accepted and not done."""
        ...

    def close(self, deadline_s: float) -> int:
        """Wait for what is queued, then return the rest; returns how many were returned."""
        ...


class InMemorySink:
    """Keeps records; acknowledges at once, or when told.

    Args:
        limit: Records that may wait for their acknowledgement.
        acknowledge: Whether records are acknowledged at once.
    """

    def __init__(self, limit: int = 1_000_000, *, acknowledge: bool = True) -> None:
        self.records: list[OutgoingRecord] = []
        self.acknowledge = acknowledge
        self._limit = limit
        self._waiting: list[OnDone] = []

    def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
        """Keep a record, unless the limit is reached."""
        if len(self._waiting) >= self._limit:
            return Busy()
        self.records.append(record)
        self._waiting.append(on_done)
        if self.acknowledge:
            self.finish()
        return None

    def mend(self) -> None:
        """It never stops for good."""

    def finish(self, outcome: Outcome | None = None) -> None:
        """Report one outcome for everything that waits; an acknowledgement if not given."""
        waiting, self._waiting = self._waiting, []
        for on_done in waiting:
            on_done(outcome or Acknowledged())

    @property
    def queued(self) -> int:
        """Records that wait."""
        return len(self._waiting)

    def close(self, deadline_s: float) -> int:
        """Return what waits."""
        del deadline_s
        returned = len(self._waiting)
        self.finish(Returned("the sink was closed"))
        return returned
