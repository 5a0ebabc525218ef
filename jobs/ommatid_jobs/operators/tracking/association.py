"""Which box is which track: two stages as in ByteTrack (Zhang et al. 2022), with gates that follow the time passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ommatid_jobs.operators.tracking.assignment import Pair, assigned
from ommatid_jobs.operators.tracking.motion_model import HORIZON_S, predicted
from ommatid_jobs.operators.tracking.overlap import Extent, intersection_over_union
from ommatid_jobs.operators.tracking.track import Track, extent_of
from ommatid_schemas.events import Box

DEVIATIONS = 3.0
"""Distance from the expected place up to which a box can belong to a track, in standard deviations."""
JUMP_SIZES = 1.0
"""Distance up to which a box can be away from the expected place at once, in sizes of the object..."""
SURPRISE_SIZES_PER_S = 1.0
"""...and how much further for each second: people walk at about this speed."""
SAME_PLACE = 0.5
"""Overlap from which a box belongs to what was last seen there, however long ago."""
WEAK_OVERLAP = 0.3
"""Overlap that a box of low score needs."""

_MAX_GROWTH = 3.0
_LEFT_ALONE = 2.0


@dataclass(frozen=True, slots=True)
class _Expected:
    """Where a track's next box should be: how far from it is possible in relative units; 0 after the horizon."""

    label: str
    extent: Extent
    gate: float


def associated(
    tracks: Sequence[Track], boxes: Sequence[Box], at_us: int, high_score: float
) -> tuple[dict[int, int], frozenset[int]]:
    """Give boxes to tracks.

    Boxes from ``high_score`` on choose first. What is left of the tracks may take a box of lower score that overlaps
    the expected place: an object half hidden is seen with a low score, and noise elsewhere begins no track.

    Args:
        tracks: Tracks of the camera.
        boxes: Boxes of a newer frame.
        at_us: Its capture time, microseconds.
        high_score: Score from which a box is trusted by itself.

    Returns:
        Index of a box by index of its track; and the indices of trusted boxes that no track took.
    """
    expected = [_expected(track, at_us) for track in tracks]
    high = [index for index, box in enumerate(boxes) if box.score >= high_score]
    first = dict(assigned(dict(_costs(expected, range(len(tracks)), boxes, high)), _LEFT_ALONE))
    low = [index for index, box in enumerate(boxes) if box.score < high_score]
    waiting = [index for index in range(len(tracks)) if index not in first]
    near = {pair: cost for pair, cost in _costs(expected, waiting, boxes, low) if _overlaps(expected, boxes, pair)}
    return first | dict(assigned(near, _LEFT_ALONE)), frozenset(high).difference(first.values())


def _expected(track: Track, at_us: int) -> _Expected:
    after_s = (at_us - track.seen_at_us) / 1e6
    if track.is_stationary:
        return _Expected(track.label, track.rest.place, track.motion.extent.size)
    motion = predicted(track.motion, after_s)
    furthest = min(DEVIATIONS * motion.reach, JUMP_SIZES + SURPRISE_SIZES_PER_S * after_s)
    gate = 0.0 if after_s > HORIZON_S else furthest * motion.extent.size
    return _Expected(track.label, motion.extent, gate)


def _costs(
    expected: Sequence[_Expected], tracks: Sequence[int], boxes: Sequence[Box], indices: Sequence[int]
) -> Iterator[tuple[Pair, float]]:
    """Cost of each possible pair, 0..2: half from distance, half from overlap."""
    extents = [(index, boxes[index].label, extent_of(boxes[index])) for index in indices]
    for track in tracks:
        here = expected[track]
        furthest = max(here.gate, here.extent.w, here.extent.h)
        for index, label, extent in extents:
            near = abs(extent.x - here.extent.x) <= furthest and abs(extent.y - here.extent.y) <= furthest
            if near and label == here.label:
                cost = _cost(here, extent)
                if cost < _LEFT_ALONE:
                    yield (track, index), cost


def _cost(here: _Expected, extent: Extent) -> float:
    """Cost of a pair; ``_LEFT_ALONE`` when it is none."""
    overlap = intersection_over_union(here.extent, extent)
    if overlap >= SAME_PLACE:
        return 1 - overlap
    distance = ((extent.x - here.extent.x) ** 2 + (extent.y - here.extent.y) ** 2) ** 0.5
    growth = extent.w * extent.h / (here.extent.w * here.extent.h)
    if distance >= here.gate or not 1 / _MAX_GROWTH < growth < _MAX_GROWTH:
        return _LEFT_ALONE
    return 1 - overlap + distance / here.gate


def _overlaps(expected: Sequence[_Expected], boxes: Sequence[Box], pair: Pair) -> bool:
    track, index = pair
    return intersection_over_union(expected[track].extent, extent_of(boxes[index])) >= WEAK_OVERLAP
