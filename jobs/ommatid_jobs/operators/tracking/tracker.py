"""Follows the objects of one camera through frames at irregular intervals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ommatid_jobs.operators.tracking.association import associated
from ommatid_jobs.operators.tracking.track import Track, continued, new_track
from ommatid_schemas.events import Box, FrameResult


@dataclass(frozen=True, slots=True)
class TrackerState:
    """All tracks of one camera, oldest first; capture time of its last frame, microseconds, 0 before the first."""

    captured_at_us: int = 0
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True, slots=True)
class TrackedBox:
    """A box of the frame and the track that it belongs to."""

    box: Box
    track: Track


@dataclass(frozen=True, slots=True)
class Tracking:
    """A camera's tracks after a frame.

    Attributes:
        state: To be kept.
        boxes: What the frame showed, without boxes of low score that belong to no track.
        lost: Tracks that ended: they will not be seen again.
        refused: True when the frame is not newer than the last one: it changed nothing.
    """

    state: TrackerState
    boxes: tuple[TrackedBox, ...] = ()
    lost: tuple[Track, ...] = ()
    refused: bool = False


def track_frame(state: TrackerState, result: FrameResult, boxes: Sequence[Box], high_score: float) -> Tracking:
    """Advance a camera's tracks by one frame.

    The order of boxes within the frame does not matter. No box belongs to two tracks, and none of ``high_score`` or
    better to no track.

    Args:
        state: State of the result's camera.
        result: The frame.
        boxes: Those of its boxes that are worth following; those without area are left out.
        high_score: Score from which a box begins a track.
    """
    at_us = result.captured_at_us
    if at_us <= state.captured_at_us:
        return Tracking(state, refused=True)
    solid = [box for box in boxes if box.w > 0 and box.h > 0]
    ordered = sorted(solid, key=lambda box: (box.label, box.x, box.y, box.w, box.h, box.score))
    gone = tuple(track for track in state.tracks if track.is_lost(at_us))
    waiting = tuple(track for track in state.tracks if not track.is_lost(at_us))
    taken, free = associated(waiting, ordered, at_us, high_score)
    pairs = (*_continued(waiting, ordered, taken, at_us), *_new(result, ordered, free))
    after = {track.track_id: track if index in taken else _missed(track) for index, track in enumerate(waiting)}
    after |= {pair.track.track_id: pair.track for pair in pairs}
    kept = tuple(track for track in after.values() if not track.is_lost(at_us))
    lost = (*gone, *(track for track in after.values() if track.is_lost(at_us)))
    return Tracking(TrackerState(at_us, kept), pairs, lost)


def _missed(track: Track) -> Track:
    return replace(track, missed=track.missed + 1)


def _continued(
    tracks: Sequence[Track], boxes: Sequence[Box], taken: Mapping[int, int], at_us: int
) -> Iterator[TrackedBox]:
    for index, box_index in taken.items():
        yield TrackedBox(boxes[box_index], continued(tracks[index], boxes[box_index], at_us))


def _new(result: FrameResult, boxes: Sequence[Box], free: frozenset[int]) -> Iterator[TrackedBox]:
    for ordinal, index in enumerate(sorted(free)):
        track_id = f"{result.frame_id}/{ordinal}"
        yield TrackedBox(boxes[index], new_track(track_id, boxes[index], result.captured_at_us))
