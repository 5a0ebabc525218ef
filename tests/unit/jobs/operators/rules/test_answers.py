"""Rules that read the answers of a vision language model.

In the drawings one column is one frame, 1 s apart: ``y`` the answer that the rule wants, ``n`` another one, ``?`` none,
``x`` one that is no JSON, ``e`` one without the field.
"""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import (
    CameraRules,
    RulesState,
    elapsed,
    evaluate,
    pack_state,
    unpack_state,
)
from ommatid_jobs.operators.rules.answers import agrees, read_answer
from ommatid_schemas.events import AlertType, Box, FrameResult
from ommatid_schemas.fleet_file import WantedAnswer
from tests.strategies import small_json
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, camera_rules
from tests.unit.jobs.operators.rules.test_evaluation import alerts_of, run

ANSWERS = {"y": '{"parcel":true}', "n": '{"parcel":false}', "?": None, "x": "a parcel, I think", "e": '{"box":true}'}
PARCEL = AT_DOOR.model_copy(
    update={
        "name": "parcel",
        "labels": (),
        "zones": None,
        "answers": {"parcel": WantedAnswer(any_of=(True,))},
        "report": (AlertType.NEW, AlertType.END),
        "cooldown_us": 0,
    }
)
AT_THE_DOOR, ELSEWHERE = standing_at(0.75, 0.9), standing_at(0.2, 0.9)


def draw(drawing: str, *boxes: Box, step_s: float = 1) -> list[FrameResult]:
    return [replace(result(at * step_s, *boxes), answer=ANSWERS[sign]) for at, sign in enumerate(drawing)]


def reading(**changes: Any) -> CameraRules:
    return camera_rules(PARCEL.model_copy(update=changes))


def told(drawing: str, *boxes: Box, step_s: float = 1, **changes: Any) -> list[tuple[float, AlertType]]:
    alerts = alerts_of(run(draw(drawing, *boxes, step_s=step_s), reading(**changes)))
    return [((alert.captured_at_us - T0_US) / S, alert.type) for alert in alerts]


def wants(answer: object, **wanted: Any) -> bool | None:
    return agrees({"field": WantedAnswer.model_validate(wanted)}, {"field": answer})


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("nnnn", []),
        ("y", []),
        ("yy", [(1, AlertType.NEW)]),
        ("yny", [(2, AlertType.NEW)]),
        ("y???y", [(4, AlertType.NEW)]),  # two of the last three answers, whatever is between them
        ("yyyy", [(1, AlertType.NEW)]),
        ("yynyyn", [(1, AlertType.NEW)]),
        ("yynnyy", [(1, AlertType.NEW), (3, AlertType.END), (5, AlertType.NEW)]),
        ("xyexy", [(4, AlertType.NEW)]),
    ],
)
def test_answers_raise_one_alert_until_they_are_different(drawing: str, expected: list[tuple[float, AlertType]]):
    assert told(drawing) == expected


def test_an_answer_holds_for_two_minutes():
    assert told("y???y", step_s=30) == [(120, AlertType.NEW)]
    assert told("y????y", step_s=30) == []
    assert told("yy?????", step_s=30) == [(30, AlertType.NEW), (180, AlertType.END)]


def test_with_labels_a_frame_has_to_show_an_object_that_counts():
    at_door: Any = {"labels": ("person",), "zones": ("door",)}

    assert told("yyy", AT_THE_DOOR, **at_door) == [(1, AlertType.NEW)]
    assert told("yyy", ELSEWHERE, **at_door) == []


def test_with_labels_a_frame_that_shows_no_object_needs_no_answer():
    gone = [*draw("yy", AT_THE_DOOR), *(result(second) for second in (2, 3))]

    assert [alert.type for alert in alerts_of(run(gone, reading(labels=("person",))))] == [AlertType.NEW, AlertType.END]


def test_an_alert_shows_the_frames_whose_answers_raised_it():
    (alert,) = alerts_of(run(draw("y?y"), reading()))

    assert (alert.kind, alert.label, alert.score, alert.track_id) == ("answer", "answer", 0.0, None)
    assert [proof.captured_at_us for proof in alert.evidence] == [T0_US, T0_US + 2 * S]
    (alert,) = alerts_of(run(draw("yy", AT_THE_DOOR), reading(labels=("person",))))
    assert (alert.label, alert.evidence[0].boxes) == ("person", (AT_THE_DOOR,))


def test_an_answer_that_cannot_be_read_is_counted():
    steps = run(draw("yxen?"), reading())

    assert [step.unreadable for step in steps] == [(), ("parcel",), ("parcel",), (), ()]


def test_what_no_rule_reads_is_not_looked_at():
    steps = run(draw("xx", AT_THE_DOOR), camera_rules(AT_DOOR))

    assert [step.unreadable for step in steps] == [(), ()]


def test_after_the_cooldown_what_still_holds_is_told_of_by_time_too():
    camera = reading(cooldown_us=10 * S)
    state = run(draw("yynnyy"), camera)[-1].state

    assert [alert.captured_at_us for alert in elapsed(state, camera, T0_US + 60 * S, 0).alerts] == [T0_US + 11 * S]


@pytest.mark.parametrize(
    ("answer", "wanted", "expected"),
    [
        (True, {"any_of": [True]}, True),
        (1, {"any_of": [True]}, False),
        (1.0, {"any_of": [1]}, True),
        ("post", {"any_of": ["courier", "post"]}, True),
        ("Post", {"any_of": ["post"]}, False),
        (["hat", "bag"], {"any_of": ["bag"]}, True),
        ([], {"any_of": ["bag"]}, False),
        (3, {"at_least": 3}, True),
        (2.5, {"at_least": 3}, False),
        (3, {"at_most": 2}, False),
        (3, {"at_least": 2, "at_most": 4}, True),
        (True, {"at_least": 1}, None),
        ("3", {"at_least": 3}, None),
        (None, {"any_of": ["post"]}, None),
        ({"a": 1}, {"any_of": ["post"]}, None),
    ],
)
def test_an_answer_is_what_is_wanted_or_not_or_cannot_be_read(answer: object, wanted: Any, expected: bool | None):
    assert wants(answer, **wanted) is expected


def test_all_fields_have_to_agree():
    wanted = {"a": WantedAnswer(any_of=(True,)), "b": WantedAnswer(at_least=1)}

    assert agrees(wanted, {"a": True, "b": 1, "more": 0}) is True
    assert agrees(wanted, {"a": True, "b": 0}) is False
    assert agrees(wanted, {"a": False}) is None


@given(content=small_json | st.text(max_size=10), nested=st.booleans())
def test_no_answer_can_stop_the_rules(content: object, nested: bool):
    text = "[" * 100_000 if nested else json.dumps(content) if not isinstance(content, str) else content
    step = evaluate(RulesState(), replace(result(0), answer=text), reading(), 0)

    assert step.unreadable == ("parcel",)
    assert read_answer(text) is not None


@given(signs=st.text("yn?xe", max_size=20), data=st.data())
def test_a_restart_anywhere_changes_nothing(signs: str, data: st.DataObject):
    seen, cut = draw(signs, AT_THE_DOOR, step_s=20), data.draw(st.integers(0, len(signs)))
    first = run(seen[:cut], reading())
    state = first[-1].state if first else RulesState()

    assert [*first, *run(seen[cut:], reading(), unpack_state(pack_state(state)))] == run(seen, reading())
