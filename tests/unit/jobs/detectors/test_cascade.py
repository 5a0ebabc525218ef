"""The light model always, the dear one where it is worth it."""

from collections.abc import Sequence
from functools import partial

import pytest

from ommatid_connectors.vision_llm import Answered, BudgetExhausted, FakeAsker, Outcome, Unavailable
from ommatid_jobs.detectors import CascadeDetector, Detector, FakeDetector, Image, InferenceFailed, Picture, Seen
from ommatid_jobs.detectors.cascade import is_worth_it
from ommatid_jobs.detectors.fake import PERSON
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector
from ommatid_schemas.events import Box
from ommatid_schemas.fleet_file import CascadeFilter
from tests.unit.jobs.detectors.pictures import picture, vision_settings

WHEN = CascadeFilter(labels=("person",), min_score=0.5, min_area=0.01)
CAR = Box("car", 0.9, 0, 0, 0.5, 0.5)


def cascade(asker: FakeAsker, *boxes: tuple[Box, ...]) -> CascadeDetector:
    """A cascade whose first model sees these boxes, frame by frame."""
    found = iter(boxes)
    first = FakeDetector(answer=lambda _: next(found))
    return CascadeDetector("parcels", first, WHEN, VisionLlmDetector("ask", vision_settings(), asker))


def counted(detector: Detector) -> dict[str, int]:
    return {name: read() for name, read in detector.gauges.items()}


def test_only_frames_whose_boxes_pass_are_asked_about():
    asker = FakeAsker()
    detector = cascade(asker, (CAR,), (CAR, PERSON), ())
    pictures = [picture(jpeg=b"car"), picture(jpeg=b"person"), picture(jpeg=b"nothing")]

    seen = partial(Seen, detector.version)

    assert detector.detect(pictures) == [seen((CAR,)), seen((CAR, PERSON), '{"seen":true}'), seen()]
    assert asker.questions == [(b"person",)]
    assert counted(detector) == {"chosen_frames": 1, "unanswered_frames": 0}


@pytest.mark.parametrize("outcome", [BudgetExhausted("spent"), Unavailable("away")])
def test_without_an_answer_the_boxes_stay_and_it_is_counted(outcome: Outcome):
    detector = cascade(FakeAsker(lambda _: outcome), (PERSON,), (CAR,))

    assert detector.detect([picture("a"), picture("b")]) == [
        Seen(detector.version, (PERSON,)),
        Seen(detector.version, (CAR,)),
    ]
    assert counted(detector) == {"chosen_frames": 1, "unanswered_frames": 1}


def test_answers_go_to_the_frames_that_were_asked_about():
    def echo(jpegs: Sequence[bytes]) -> Outcome:
        return Answered(tuple(jpeg.decode() for jpeg in jpegs))

    detector = cascade(FakeAsker(echo), (PERSON,), (), (PERSON,), (PERSON,))
    pictures = [picture(camera, jpeg) for camera, jpeg in (("a", b"1"), ("a", b"2"), ("b", b"3"), ("a", b"4"))]

    assert [seen.answer for seen in detector.detect(pictures) if isinstance(seen, Seen)] == ["1", None, "3", "4"]


def test_nothing_is_asked_when_nothing_passes():
    asker = FakeAsker()

    (seen,) = cascade(asker, ()).detect([picture()])

    assert isinstance(seen, Seen)
    assert (seen.boxes, seen.answer) == ((), None)
    assert asker.questions == []


def test_a_second_model_that_cannot_run_at_all_costs_no_box():
    class Broken(FakeDetector):
        def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
            raise InferenceFailed(f"out of memory at {len(pictures)}")

    detector = CascadeDetector("parcels", FakeDetector(), WHEN, Broken())

    assert detector.detect([picture()]) == [Seen("1+1", (PERSON,))]
    assert counted(detector) == {"chosen_frames": 1, "unanswered_frames": 1}


def test_a_first_model_that_fails_is_a_failure():
    def fail(image: Image) -> tuple[Box, ...]:
        raise InferenceFailed("out of memory")

    with pytest.raises(InferenceFailed):
        CascadeDetector("parcels", FakeDetector(fail), WHEN, FakeDetector()).detect([picture()])


@pytest.mark.parametrize(
    ("box", "worth"),
    [
        (Box("person", 0.5, 0, 0, 0.1, 0.1), True),
        (Box("person", 0.49, 0, 0, 0.1, 0.1), False),
        (Box("person", 0.5, 0, 0, 0.1, 0.09), False),
        (Box("car", 0.9, 0, 0, 1, 1), False),
    ],
)
def test_a_box_is_worth_it_when_it_passes_every_part(box: Box, *, worth: bool):
    assert is_worth_it(WHEN, box) is worth


def test_name_and_version_tell_both_models():
    detector = cascade(FakeAsker())

    assert (detector.name, detector.enough_px) == ("parcels", 416)
    assert detector.version.startswith("1+small-vision/")
