"""Counts of what became of the records that were handed over."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ommatid_edge.record_sink import Acknowledged, Outcome, Refused
from ommatid_schemas.events import Reason


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Records since the start.

    Attributes:
        acknowledged: The brokers have them.
        failed: They will never be taken.
        returned: Times that one was not taken for now.
        last_failure: Why the latest one failed or came back.
        evicted: Frames that had to go because the spool was full, by the reason for which they were chosen.
    """

    acknowledged: int = 0
    failed: int = 0
    returned: int = 0
    last_failure: str = ""
    evicted: Mapping[Reason, int] = field(default_factory=dict[Reason, int])


class DeliveryTally:
    """Counts outcomes; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._acknowledged = 0
        self._failed = 0
        self._returned = 0
        self._last_failure = ""
        self._evicted: Counter[Reason] = Counter()

    def count(self, outcome: Outcome) -> None:
        """Count what became of one record."""
        with self._lock:
            match outcome:
                case Acknowledged():
                    self._acknowledged += 1
                case Refused():
                    self._failed += 1
                    self._last_failure = outcome.sentence
                case _:
                    self._returned += 1
                    self._last_failure = outcome.sentence

    def evicted(self, reason: Reason) -> None:
        """Count a frame that had to go."""
        with self._lock:
            self._evicted[reason] += 1

    def deliveries(self) -> Deliveries:
        """A consistent snapshot."""
        with self._lock:
            return Deliveries(self._acknowledged, self._failed, self._returned, self._last_failure, dict(self._evicted))
