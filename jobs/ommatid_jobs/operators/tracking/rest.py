"""Whether an object stays where it is, as Frigate recognises it: its box goes on overlapping the place of its rest."""

from dataclasses import dataclass, replace

from ommatid_jobs.operators.tracking.overlap import Extent, intersection_over_union

STATIONARY_AFTER_US = 10_000_000
"""Time at one place after which an object is stationary, microseconds."""
STATIONARY_FRAMES = 3
"""Frames that must have shown it there."""
MIN_RETENTION_US = 3_000_000
"""How long an object that moves is waited for, microseconds."""
MAX_RETENTION_US = 120_000_000
"""How long a stationary object is waited for at most, microseconds: four baseline intervals."""

_SAME_PLACE = 0.6
_MEAN_OF = 8
_LEFT_AFTER = 2


@dataclass(frozen=True, slots=True)
class Rest:
    """A place where an object stays.

    Attributes:
        place: Mean of the first boxes there.
        since_us: Capture time of the first of them.
        until_us: Capture time of the last one.
        frames: How many there were.
        away: Boxes in a row that were elsewhere since.
    """

    place: Extent
    since_us: int
    until_us: int
    frames: int = 1
    away: int = 0

    @property
    def is_stationary(self) -> bool:
        """Whether the object has been here for long enough, in time and in frames."""
        return self.until_us - self.since_us >= STATIONARY_AFTER_US and self.frames >= STATIONARY_FRAMES

    @property
    def retention_us(self) -> int:
        """How long the object is waited for when it is not seen: as long as it has been here, within limits."""
        return min(max(self.until_us - self.since_us, MIN_RETENTION_US), MAX_RETENTION_US)


def rested(rest: Rest, seen: Extent, at_us: int) -> Rest:
    """Rest after another box: longer at the same place, or begun anew at another one; one bad box ends no rest."""
    if intersection_over_union(rest.place, seen) < _SAME_PLACE:
        away = rest.away + 1
        return Rest(seen, at_us, at_us) if away >= _LEFT_AFTER else replace(rest, away=away)
    frames = rest.frames + 1
    place = _towards(rest.place, seen, 1 / frames) if frames <= _MEAN_OF else rest.place
    return Rest(place, rest.since_us, at_us, frames)


def _towards(place: Extent, seen: Extent, share: float) -> Extent:
    return Extent(*(old + share * (new - old) for old, new in zip(place, seen, strict=True)))
