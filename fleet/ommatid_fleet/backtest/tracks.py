"""Tracks in the format of MOTChallenge (motchallenge.net/instructions), to be measured by its tools.

Ten values a line: frame, id, bb_left, bb_top, bb_width, bb_height, conf, x, y, z. Frame numbers, ids and pixels count
from 1; sizes are pixels of the footage; x, y, z are of 3D tracking and -1.
"""

from bisect import bisect_right, insort
from dataclasses import dataclass, field

from ommatid_schemas.events import Box


@dataclass(slots=True)
class FrameNumbers:
    """Which frame of the footage was captured when."""

    _times_us: list[int] = field(default_factory=list[int])

    def add(self, captured_at_us: int) -> None:
        """Take note of a frame; with reordered frames, times come a little out of order."""
        insort(self._times_us, captured_at_us)

    def number(self, captured_at_us: int) -> int:
        """Number of the last frame up to a time, from 1; all frames up to then must have been added."""
        return bisect_right(self._times_us, captured_at_us)


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """Where an object is in one frame.

    Attributes:
        captured_at_us: Capture time of the frame, microseconds since the epoch.
        track_id: The object.
        box: Relative to the frame, 0..1.
        size_px: Width and height of the footage.
    """

    captured_at_us: int
    track_id: str
    box: Box
    size_px: tuple[int, int]


def mot_lines(points: list[TrackPoint], numbers: FrameNumbers) -> list[str]:
    """Lines of a MOTChallenge file, by frame and id; ids are given in the order in which objects appear.

    Args:
        points: In order of time.
        numbers: Frames of the footage.
    """
    ids: dict[str, int] = {}
    for point in points:
        ids.setdefault(point.track_id, len(ids) + 1)
    rows = sorted((numbers.number(it.captured_at_us), ids[it.track_id], index) for index, it in enumerate(points))
    return [_line(frame, track, points[index]) for frame, track, index in rows]


def _line(frame: int, track: int, point: TrackPoint) -> str:
    box, (width_px, height_px) = point.box, point.size_px
    sides_px = (box.x * width_px + 1, box.y * height_px + 1, box.w * width_px, box.h * height_px)
    return ",".join([str(frame), str(track), *(f"{side:.2f}" for side in sides_px), f"{box.score:.4f}", "-1,-1,-1"])
