"""One frame of a camera as its rules look at it."""

from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_jobs.operators.rules.rule_book import CameraRules
from ommatid_jobs.operators.rules.zone_stays import SeenObject, Stays, entered, stays_after
from ommatid_jobs.operators.tracking import Track, TrackerState, track_frame
from ommatid_schemas.events import FrameResult


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, its objects, and everything that is still followed.

    Attributes:
        result: What the model saw.
        number: The frame's number on this camera, counting up by one.
        objects: Objects in it that some rule of the camera watches, by track id.
        tracks: All tracks of the camera after the frame, by id; those it did not show as well.
    """

    result: FrameResult
    number: int
    objects: Mapping[str, SeenObject]
    tracks: Mapping[str, Track]


def looked_at(
    tracker: TrackerState, stays: Mapping[str, Stays], result: FrameResult, rules: CameraRules, number: int
) -> tuple[Frame, TrackerState, dict[str, Stays]]:
    """Follow a frame's objects and see in which zones they are.

    Args:
        tracker: Tracks of the camera.
        stays: Stays in zones by track id.
        result: A frame newer than all before.
        rules: Rules and zones of the camera.
        number: The frame's number.

    Returns:
        The frame, the next state of the tracker, and the next stays.
    """
    boxes = [box for box in result.boxes if box.label in rules.labels]
    tracking = track_frame(tracker, result, boxes, rules.min_score)
    seen = {
        pair.track.track_id: stays_after(
            stays.get(pair.track.track_id, {}), pair.box, rules.zones, result.captured_at_us
        )
        for pair in tracking.boxes
    }
    objects = {
        pair.track.track_id: SeenObject(pair, dict(entered(seen[pair.track.track_id], rules.zones)))
        for pair in tracking.boxes
    }
    tracks = {track.track_id: track for track in tracking.state.tracks}
    after = {track_id: known for track_id in tracks if (known := seen.get(track_id, stays.get(track_id)))}
    return Frame(result, number, objects, tracks), tracking.state, after
