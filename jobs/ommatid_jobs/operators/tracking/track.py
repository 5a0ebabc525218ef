"""One object that is followed through the frames of a camera."""

from dataclasses import dataclass
from statistics import median

from ommatid_jobs.operators.tracking.motion_model import Motion, corrected, predicted
from ommatid_jobs.operators.tracking.overlap import Extent
from ommatid_jobs.operators.tracking.rest import Rest, rested
from ommatid_schemas.events import Box

SCORES_KEPT = 10
"""Scores of which the median is taken."""


@dataclass(frozen=True, slots=True)
class Track:
    """An object and what is known of its way.

    Attributes:
        track_id: ``camera_id/captured_at_us/ordinal`` of the first frame: the same on every replay.
        label: Class name; it does not change.
        started_at_us: Capture time of the first frame.
        seen_at_us: Capture time of the last frame that showed it.
        motion: Motion at that time.
        rest: Where it stays, or stayed last.
        scores: Of its last boxes, oldest first.
        missed: Frames since it was last seen.
    """

    track_id: str
    label: str
    started_at_us: int
    seen_at_us: int
    motion: Motion
    rest: Rest
    scores: tuple[float, ...]
    missed: int = 0

    @property
    def median_score(self) -> float:
        """Median of the last scores."""
        return median(self.scores)

    @property
    def is_stationary(self) -> bool:
        """Whether it stays where it is."""
        return self.rest.is_stationary

    def is_lost(self, at_us: int) -> bool:
        """Whether it is known to have gone: a frame did not show it, and it was waited for in vain.

        Without such a frame nobody looked: what is at the same place in the next frame, at 30 s, is the same object.
        """
        return self.missed > 0 and at_us - self.seen_at_us > self.rest.retention_us


def new_track(track_id: str, box: Box, at_us: int) -> Track:
    """Track that begins with a box."""
    extent = extent_of(box)
    return Track(track_id, box.label, at_us, at_us, Motion(*extent), Rest(extent, at_us, at_us), (box.score,))


def continued(track: Track, box: Box, at_us: int) -> Track:
    """Track after another box of it."""
    extent = extent_of(box)
    motion = corrected(predicted(track.motion, (at_us - track.seen_at_us) / 1e6), extent)
    scores = (*track.scores[1 - SCORES_KEPT :], box.score)
    rest = rested(track.rest, extent, at_us)
    return Track(track.track_id, track.label, track.started_at_us, at_us, motion, rest, scores)


def extent_of(box: Box) -> Extent:
    """A detector's box by its centre."""
    return Extent(box.x + box.w / 2, box.y + box.h / 2, box.w, box.h)
