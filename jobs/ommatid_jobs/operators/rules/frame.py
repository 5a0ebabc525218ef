"""One frame of a camera as its rules look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules.answers import Answer, read_answer
from ommatid_jobs.operators.rules.line_passages import passages_after
from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.rule_book import CameraRules
from ommatid_jobs.operators.rules.state import RulesState
from ommatid_jobs.operators.rules.zone_stays import Stays, entered, stays_after
from ommatid_jobs.operators.tracking import Track, TrackedBox, track_frame
from ommatid_schemas.events import FrameResult


@dataclass(frozen=True, slots=True)
class SeenObject:
    """An object in a frame: its box, its track, the zones that it is in, and the lines that it has just crossed."""

    tracked: TrackedBox
    zones: Stays
    crossed: Mapping[str, Direction]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, its objects, and everything that is still followed.

    Attributes:
        result: What the model saw.
        number: The frame's number on this camera, counting up by one.
        objects: Objects in it that some rule of the camera watches, by track id.
        answer: What a vision language model answered; None where there is none, or no rule reads it.
        tracks: All tracks of the camera after the frame, by id; those it did not show as well.
    """

    result: FrameResult
    number: int
    objects: Mapping[str, SeenObject]
    answer: Answer | None
    tracks: Mapping[str, Track]


def looked_at(before: RulesState, result: FrameResult, rules: CameraRules) -> tuple[Frame, RulesState]:
    """Follow a frame's objects and see in which zones they are, and which lines they cross.

    Args:
        before: State of the camera.
        result: A frame newer than all before.
        rules: Rules, zones and lines of the camera.

    Returns:
        The frame, and the state after it; the state of single rules is as it was.
    """
    at_us = result.captured_at_us
    boxes = [box for box in result.boxes if box.label in rules.labels]
    tracking = track_frame(before.tracker, result, boxes, rules.min_score)
    stays, passages = dict(before.stays), dict(before.passages)
    objects: dict[str, SeenObject] = {}
    for pair in tracking.boxes:
        track_id = pair.track.track_id
        stays[track_id] = stays_after(before.stays.get(track_id, {}), pair.box, rules.zones, at_us)
        passages[track_id], crossed = passages_after(before.passages.get(track_id, {}), pair.box, rules.lines)
        objects[track_id] = SeenObject(pair, dict(entered(stays[track_id], rules.zones)), crossed)
    tracks = {track.track_id: track for track in tracking.state.tracks}
    after = replace(
        before,
        captured_at_us=at_us,
        published_at_us=result.published_at_us,
        frames=before.frames + 1,
        tracker=tracking.state,
        stays={track_id: known for track_id in tracks if (known := stays.get(track_id))},
        passages={track_id: known for track_id in tracks if (known := passages.get(track_id))},
    )
    answer = read_answer(result.answer) if rules.reads_answers else None
    return Frame(result, after.frames, objects, answer, tracks), after
