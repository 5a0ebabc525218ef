"""What a rule may say, beside what the other tests of the fleet file show."""

from typing import Any

import pytest
from pydantic import ValidationError

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Line, Rule, WantedAnswer, parse_fleet

CROSSING = {"lines": ["sill"], "direction": "to_left"}


def rule(**keys: Any) -> Rule:
    return Rule.model_validate({"groups": ["yards"], "labels": ["person"], **keys})


def test_a_line_has_two_or_more_points():
    assert Line.model_validate({"coordinates": "0.1,0.2,0.3,0.4"}).coordinates == (0.1, 0.2, 0.3, 0.4)
    with pytest.raises(ValidationError, match="at least 4 items"):
        Line.model_validate({"coordinates": [0.1, 0.2]})


@pytest.mark.parametrize(
    ("key", "value"),
    [("confirm", "2 of 3"), ("loitering_time", "5s"), ("zones", ["gate"])],
)
def test_what_makes_no_sense_beside_a_crossing_is_refused(key: str, value: object):
    with pytest.raises(ValidationError, match=f"crossing: expected no {key} beside it: it happens from one frame"):
        rule(crossing=CROSSING, **{key: value})


def test_a_crossing_has_no_end_to_report():
    with pytest.raises(ValidationError, match="report: expected new alone beside crossing"):
        rule(crossing=CROSSING, report=["new", "end"])


def test_a_rule_that_is_written_and_read_again_is_the_same():
    written = [rule(crossing=CROSSING), rule(count={"more_than": 5, "for": "2m"}), rule(answers={"parcel": True})]

    assert [Rule.model_validate_json(each.model_dump_json(by_alias=True)) for each in written] == written


def test_a_rule_fires_for_one_thing():
    with pytest.raises(ValidationError, match="expected one of count and crossing: each of them says when the rule"):
        rule(crossing=CROSSING, count={"more_than": 1})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (True, WantedAnswer(any_of=(True,))),
        ("post", WantedAnswer(any_of=("post",))),
        (["post", 3], WantedAnswer(any_of=("post", 3))),
        ({"at_least": 3}, WantedAnswer(at_least=3)),
        ({"at_least": 3, "at_most": 4.5}, WantedAnswer(at_least=3, at_most=4.5)),
    ],
)
def test_a_wanted_answer_is_a_value_several_or_bounds(written: object, expected: WantedAnswer):
    assert rule(labels=[], answers={"field": written}).answers == {"field": expected}


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ([], "expected a value, a list of values, or at_least and at_most"),
        ({"any_of": [1], "at_least": 3}, "expected a value, a list of values, or at_least and at_most"),
        ({"at_least": 3, "at_most": 2}, "at_least 3 is above at_most 2: no number is both"),
        ({"matches": "a.*"}, "Extra inputs are not permitted"),
        (None, "valid"),
    ],
)
def test_what_no_answer_can_be_is_refused(written: object, fault: str):
    with pytest.raises(ValidationError, match=fault):
        rule(answers={"field": written})


@pytest.mark.parametrize("keys", [{}, {"answers": {"parcel": True}, "zones": ["gate"]}])
def test_a_rule_without_labels_has_answers_and_no_zones(keys: dict[str, Any]):
    with pytest.raises(
        ValidationError, match="labels: expected at least one class, or camera in its place, or answers"
    ):
        rule(labels=[], **keys)


ASKING = """
version: 1
regions: {eu: {kafka: {bootstrap: "localhost:9092"}}}
groups: {gates: {priority: insight, detector: parcels}}
detectors:
  parcels: {kind: cascade, when: {labels: [person]}, then: ask}
  ask:
    kind: vision_llm
    url: https://api.example/v1
    model: m
    prompt: What do they carry?
    answer: {parcel: {type: boolean}, carrier: {type: text, choices: [post, none]}, people: {type: integer}}
rules:
  parcel: {groups: [gates], answers: {parcel: true, carrier: [post], people: {at_least: 1}}}
"""


def test_answers_that_the_detector_gives_are_accepted():
    assert parse_fleet(ASKING).rules["parcel"].labels == ()


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "{parcel: true",
            "{parcels: true",
            r"answers\.parcels: expected one of \['carrier', 'parcel', 'people'\], as det",
        ),
        ("parcel: true", 'parcel: "true"', r"answers\.parcel: expected a value of type boolean, found 'true'"),
        (
            "parcel: true",
            "parcel: {at_most: 1}",
            r"parcel: expected a value, since the answer is of type boolean, found",
        ),
        ("[post]", "[post, dhl]", r"carrier: expected one of \['post', 'none'\], found 'dhl'"),
        (
            "detector: parcels",
            "detector: nanodet-416",
            r"expected groups whose detector gives answers, found 'nanodet-416'",
        ),
    ],
)
def test_answers_that_the_detector_cannot_give_are_refused(old: str, new: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        parse_fleet(ASKING.replace(old, new, 1))
