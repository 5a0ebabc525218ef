"""Frames to questions, and answers back to frames."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.vision_llm import (
    Answered,
    BudgetExhausted,
    FakeAsker,
    Outcome,
    RateLimited,
    Refused,
    Unavailable,
    Unusable,
)
from ommatid_jobs.detectors import Detector, InferenceFailed, Picture, Seen
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector, same_camera
from tests.unit.jobs.detectors.pictures import picture, vision_settings

VERSION = VisionLlmDetector("parcels", vision_settings(), FakeAsker()).version


def echo(jpegs: Sequence[bytes]) -> Outcome:
    return Answered(tuple(jpeg.decode() for jpeg in jpegs))


def detect(pictures: Sequence[Picture], asker: FakeAsker, **changes: Any) -> list[Seen | InferenceFailed]:
    detector: Detector = VisionLlmDetector("parcels", vision_settings(**changes), asker)
    try:
        return detector.detect(pictures)
    finally:
        detector.close()


def test_frames_of_one_camera_share_a_question_and_cameras_do_not():
    asker = FakeAsker(echo)
    pictures = [picture("a", b"a1"), picture("b", b"b1"), picture("a", b"a2")]

    assert detect(pictures, asker) == [
        Seen(VERSION, answer="a1"),
        Seen(VERSION, answer="b1"),
        Seen(VERSION, answer="a2"),
    ]
    assert sorted(asker.questions) == [(b"a1", b"a2"), (b"b1",)]
    assert asker.closed


def test_a_question_has_no_more_frames_than_allowed():
    asker = FakeAsker(echo)
    detect([picture(jpeg=b"%d" % number) for number in range(5)], asker, max_frames=2)

    assert sorted(asker.questions) == [(b"0", b"1"), (b"2", b"3"), (b"4",)]


@given(st.lists(st.sampled_from("abc"), max_size=12), st.integers(1, 4))
def test_every_frame_is_in_one_question_in_order(cameras: list[str], at_most: int):
    pictures = [picture(camera) for camera in cameras]
    questions = list(same_camera(pictures, at_most))

    assert sorted(index for question in questions for index in question) == list(range(len(cameras)))
    for question in questions:
        assert 1 <= len(question) <= at_most
        assert question == sorted(question)
        assert len({cameras[index] for index in question}) == 1


@pytest.mark.parametrize("outcome", [BudgetExhausted("spent"), RateLimited("later")])
def test_what_may_not_be_asked_is_seen_without_an_answer(outcome: Outcome):
    assert detect([picture(), picture()], FakeAsker(lambda _: outcome)) == [Seen(VERSION), Seen(VERSION)]


@pytest.mark.parametrize("outcome", [Refused("no key"), Unavailable("away"), Unusable("prose")])
def test_a_failure_is_that_of_its_frames_alone(outcome: Outcome):
    def answer(jpegs: Sequence[bytes]) -> Outcome:
        return outcome if b"bad" in jpegs else echo(jpegs)

    good, bad = detect([picture("a", b"good"), picture("b", b"bad")], FakeAsker(answer))

    assert good == Seen(VERSION, answer="good")
    assert isinstance(bad, InferenceFailed)
    assert str(bad) in repr(outcome)


def test_the_version_changes_with_what_is_asked():
    def version(**changes: Any) -> str:
        return VisionLlmDetector("parcels", vision_settings(**changes), FakeAsker()).version

    assert version() == version(timeout=5)
    assert version().startswith("small-vision/")
    assert len({version(), version(prompt="Is it gone?"), version(answer={"gone": {"type": "boolean"}})}) == 3


def test_gauges_are_what_the_client_counts_now():
    outcomes = iter([Answered(("{}",)), BudgetExhausted("spent")])
    detector = VisionLlmDetector("parcels", vision_settings(), FakeAsker(lambda _: next(outcomes)))
    detector.detect([picture("a"), picture("b")])
    detector.close()

    shown = {name: read() for name, read in detector.gauges.items()}
    assert (shown["answered"], shown["budget_exhausted"], shown["spent_micros"], shown["error_rate_milli"]) == (
        1,
        1,
        0,
        0,
    )


def test_why_there_are_no_answers_is_logged_once(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    outcomes = iter([Refused("answered 401"), Refused("answered 401"), Answered(("{}",)), Answered(("{}",))])
    detector = VisionLlmDetector("parcels", vision_settings(), FakeAsker(lambda _: next(outcomes)))
    for _ in range(4):
        detector.detect([picture()])
    detector.close()

    assert caplog.messages == [
        "detectors.parcels: no answers, Refused: answered 401",
        "detectors.parcels: answers again",
    ]
