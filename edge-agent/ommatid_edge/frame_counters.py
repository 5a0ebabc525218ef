"""One camera's frames, counted so that captured + recovered = published + dropped by reason + pending, always."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.events import Reason


@dataclass(frozen=True, slots=True)
class FrameTotals:
    """Counts since the agent started.

    Attributes:
        captured: Frames that came from the camera, decodable or not.
        published: Frames that the broker acknowledged, by the reason for which they were chosen.
        dropped: Frames that were not published, by reason.
        pending: Frames under way: chosen, and neither acknowledged nor given up yet.
        recovered: Frames that an earlier run had chosen and left in the spool.
    """

    captured: int = 0
    published: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    dropped: Mapping[DropReason, int] = field(default_factory=dict[DropReason, int])
    pending: int = 0
    recovered: int = 0

    def __add__(self, other: "FrameTotals") -> "FrameTotals":
        """Totals of both."""
        return FrameTotals(
            captured=self.captured + other.captured,
            published=Counter(self.published) + Counter(other.published),
            dropped=Counter(self.dropped) + Counter(other.dropped),
            pending=self.pending + other.pending,
            recovered=self.recovered + other.recovered,
        )


class FrameCounters:
    """Counters of one camera; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._captured = 0
        self._recovered = 0
        self._pending = 0
        self._published: Counter[Reason] = Counter()
        self._dropped: Counter[DropReason] = Counter()

    def captured(self) -> None:
        """A frame came from the camera; exactly one of ``published`` and ``dropped`` follows."""
        with self._lock:
            self._captured += 1
            self._pending += 1

    def discarded(self, reason: DropReason, count: int = 1) -> None:
        """Frames came from the camera and were given up at once."""
        with self._lock:
            self._captured += count
            self._dropped[reason] += count

    def recovered(self, count: int) -> None:
        """Frames of an earlier run were found in the spool; for each, ``published`` or ``dropped`` follows."""
        with self._lock:
            self._recovered += count
            self._pending += count

    def published(self, reason: Reason) -> None:
        """The broker acknowledged a frame."""
        with self._lock:
            self._pending -= 1
            self._published[reason] += 1

    def dropped(self, reason: DropReason) -> None:
        """A pending frame was given up."""
        with self._lock:
            self._pending -= 1
            self._dropped[reason] += 1

    def totals(self) -> FrameTotals:
        """A consistent snapshot."""
        with self._lock:
            return FrameTotals(
                self._captured, dict(self._published), dict(self._dropped), self._pending, self._recovered
            )
