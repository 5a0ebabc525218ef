"""What a rule may say, beside what the other tests of the fleet file show."""

from typing import Any

import pytest
from pydantic import ValidationError

from ommatid_schemas.fleet_file import Line, Rule

CROSSING = {"lines": ["sill"], "direction": "to_left"}


def rule(**keys: Any) -> Rule:
    return Rule.model_validate({"groups": ["yards"], "labels": ["person"], **keys})


def test_a_line_has_two_or_more_points():
    assert Line.model_validate({"coordinates": "0.1,0.2,0.3,0.4"}).coordinates == (0.1, 0.2, 0.3, 0.4)
    with pytest.raises(ValidationError, match="at least 4 items"):
        Line.model_validate({"coordinates": [0.1, 0.2]})


@pytest.mark.parametrize(
    ("key", "value"),
    [("confirm", "2 of 3"), ("count", {"more_than": 1}), ("loitering_time", "5s"), ("zones", ["gate"])],
)
def test_what_makes_no_sense_beside_a_crossing_is_refused(key: str, value: object):
    with pytest.raises(ValidationError, match=f"crossing: expected no {key} beside it: it happens from one frame"):
        rule(crossing=CROSSING, **{key: value})


def test_a_crossing_has_no_end_to_report():
    with pytest.raises(ValidationError, match="report: expected new alone beside crossing"):
        rule(crossing=CROSSING, report=["new", "end"])


def test_a_rule_that_is_written_and_read_again_is_the_same():
    crossing = rule(crossing=CROSSING)

    assert Rule.model_validate_json(crossing.model_dump_json(by_alias=True)) == crossing
