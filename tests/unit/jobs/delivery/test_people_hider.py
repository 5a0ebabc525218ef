from collections.abc import Mapping, Sequence

import numpy as np

from ommatid_connectors.kafka import BrokerUnavailable
from ommatid_jobs.delivery.people_hider import PeopleHider, Withheld
from ommatid_jobs.delivery.people_hiding import hide_people
from ommatid_jobs.delivery.snapshot_drawing import Hide, everything_shown
from ommatid_schemas import Box, FrameEvent, FrameResult
from ommatid_schemas.fleet_file import Redaction, parse_fleet
from tests.sample_events import sample_frame, sample_result

FLEET = """
version: 1
regions: {{eu-west: {{kafka: {{bootstrap: "localhost:9092"}}}}}}
groups: {{entrances: {{priority: safety, redact: {group}}}}}
cameras:
  lobby-1: {{url: "rtsp://10.0.0.7/", region: eu-west, group: entrances{camera}}}
"""
FRAME = sample_frame(1_000_000)
PERSON = Box("person", 0.9, 0.0, 0.0, 1.0, 1.0)


class Results:
    """Results in memory, and what they were asked for."""

    def __init__(self, *found: FrameResult, failure: Exception | None = None) -> None:
        self.asked: list[FrameEvent] = []
        self._found = {it.frame_id: it for it in found}
        self._failure = failure

    def find(self, frames: Sequence[FrameEvent]) -> Mapping[str, FrameResult]:
        self.asked += frames
        if self._failure is not None:
            raise self._failure
        return self._found


def way(results: Results, group: str = "persons", camera: str = "", frame: FrameEvent = FRAME) -> Hide | Withheld:
    hider = PeopleHider.of(parse_fleet(FLEET.format(group=group, camera=camera)))
    return hider.ways([frame], results)[frame.frame_id]


def reason(found: object) -> str:
    assert isinstance(found, Withheld)
    return found.reason


def test_where_nobody_is_hidden_no_result_is_looked_for() -> None:
    results = Results()

    assert way(results, group="none") is everything_shown
    assert results.asked == []


def test_everybody_that_the_model_saw_is_hidden() -> None:
    image = np.arange(64 * 64 * 3, dtype=np.uint32).astype(np.uint8).reshape(64, 64, 3)

    hide = way(Results(sample_result(1_000_000, PERSON, model="nanodet-416")))

    assert not isinstance(hide, Withheld)
    assert (hide(image) == hide_people(image, [PERSON], Redaction.PERSONS)).all()
    assert (hide(image) != image).any()


def test_without_the_result_the_picture_is_withheld() -> None:
    assert reason(way(Results())).endswith("hidden: what the model saw in the frame was not found")


def test_when_results_cannot_be_read_the_picture_is_withheld() -> None:
    assert reason(way(Results(failure=BrokerUnavailable("Kafka at b: no answer")))).endswith("Kafka at b: no answer")


def test_a_result_of_a_model_that_sees_nobody_withholds_the_picture() -> None:
    results = Results(sample_result(1_000_000, model="null-416"))

    assert "detector null-416 gives no boxes of a person" in reason(way(results))


def test_a_result_of_a_model_that_nobody_knows_withholds_the_picture() -> None:
    results = Results(sample_result(1_000_000, model="retired"))

    assert "detector retired is not in the fleet file" in reason(way(results))


def test_a_camera_may_say_something_else_than_its_group() -> None:
    assert way(Results(), group="persons", camera=", redact: none") is everything_shown
    assert isinstance(way(Results(), group="none", camera=", redact: faces"), Withheld)


def test_a_camera_that_the_fleet_does_not_have_is_hidden_as_much_as_any() -> None:
    stranger = sample_frame(1_000_000, camera_id="lobby-2")

    assert isinstance(way(Results(), group="faces", frame=stranger), Withheld)
    assert way(Results(), group="none", frame=stranger) is everything_shown
