"""Rules with a line: upwards in the middle of the picture, so that its left is the picture's left.

In the drawings one column is one frame, 1 s apart; its digit says how far to the right, in tenths of the picture, one
person stands, and ``.`` that nobody is seen. The line is at 5, its band 0.05.
"""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import (
    AlertRule,
    CameraRules,
    Direction,
    RulesState,
    WatchedCrossing,
    WatchedLine,
    pack_state,
    unpack_state,
)
from ommatid_jobs.operators.rules.line_passages import Passage, passages_after
from ommatid_schemas.events import Alert, Box, FrameResult
from ommatid_schemas.fleet_file import Schedule
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, camera_rules
from tests.unit.jobs.operators.rules.test_evaluation import alerts_of, run

LEFT, RIGHT = Direction.TO_LEFT, Direction.TO_RIGHT
MIDDLE = WatchedLine(coordinates=(0.5, 0.9, 0.5, 0.1), band=0.05)
CROSSES = AT_DOOR.model_copy(
    update={"name": "crosses", "zones": None, "cooldown_us": 0, "crossing": WatchedCrossing(lines=("middle",))}
)
EARLY = Schedule.model_validate({"timezone": "UTC", "windows": ["Tue 00:00-01:00"]})  # T0 is at 22:13


def person(x: float, y: float = 0.5, score: float = 0.9) -> Box:
    """So large that its steps do not break its track."""
    return Box("person", score, x - 0.2, y - 0.5, 0.4, 0.5)


def draw(drawing: str, step_s: float = 1) -> list[FrameResult]:
    return [
        result(index * step_s, *(() if sign == "." else [person(int(sign) / 10)])) for index, sign in enumerate(drawing)
    ]


def rules(*changed: AlertRule, **changes: Any) -> CameraRules:
    own = changed or (CROSSES.model_copy(update=changes),)
    return camera_rules(*own).model_copy(update={"lines": {"middle": MIDDLE}})


def told(drawing: str, step_s: float = 1, **changes: Any) -> list[tuple[float, str]]:
    alerts = alerts_of(run(draw(drawing, step_s), rules(**changes)))
    return [((alert.captured_at_us - T0_US) / S, alert.kind) for alert in alerts]


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("3467", [(2, "crossing_to_right")]),
        ("7643", [(2, "crossing_to_left")]),
        ("3456", [(3, "crossing_to_right")]),  # 5 is on the line
        ("345432", []),
        ("3457543", [(3, "crossing_to_right"), (5, "crossing_to_left")]),
        ("666", []),
        ("4..6", [(3, "crossing_to_right")]),
        ("555567", []),  # first seen on the line: nobody knows where it came from
    ],
)
def test_who_crosses_a_line_is_told_of_once(drawing: str, expected: list[tuple[float, str]]):
    assert told(drawing) == expected


@pytest.mark.parametrize("step_s", [1 / 15, 0.5, 3])
def test_it_is_all_the_same_how_far_apart_the_frames_are(step_s: float):
    assert [kind for _, kind in told("3344556677", step_s)] == ["crossing_to_right"]


def test_a_rule_can_watch_one_way():
    one_way = WatchedCrossing(lines=("middle",), direction=LEFT)

    assert told("34676434674", crossing=one_way) == [(5, "crossing_to_left"), (10, "crossing_to_left")]


def test_an_alert_names_the_line_and_shows_who_crossed_it():
    two = [result(0, person(0.4), person(0.9, 0.9)), result(1, person(0.6), person(0.9, 0.9))]
    (alert,) = alerts_of(run(two, rules()))

    assert (alert.kind, alert.zones, alert.label, alert.rule) == ("crossing_to_right", ("middle",), "person", "crosses")
    assert [proof.boxes for proof in alert.evidence] == [(person(0.6),)]
    assert alert.started_at_us == alert.captured_at_us == T0_US + S


def test_two_who_meet_on_the_line_are_two_alerts_with_an_identity_each():
    met = [
        result(0, standing_at(0.44, 0.3), standing_at(0.56, 0.8)),
        result(1, standing_at(0.56, 0.3), standing_at(0.44, 0.8)),
    ]
    alerts = alerts_of(run(met, rules()))

    assert {alert.kind for alert in alerts} == {"crossing_to_left", "crossing_to_right"}
    assert len({alert.alert_id for alert in alerts}) == 2


def test_two_who_cross_together_are_one_alert():
    pair = [result(second, standing_at(x, 0.3), standing_at(x, 0.8)) for second, x in enumerate((0.4, 0.44, 0.56, 0.6))]
    (alert,) = alerts_of(run(pair, rules()))

    assert len(alert.evidence[0].boxes) == 2


def test_what_does_not_count_crosses_nothing():
    assert told("3467", labels=("car",)) == []
    assert told("3467", min_score=0.95) == []
    assert told("3467", min_area=0.3) == []


def test_a_line_is_quiet_after_an_alert():
    assert [at for at, _ in told("4466446644", cooldown_us=3 * S)] == [2, 6]


def test_a_rule_that_is_not_armed_tells_of_no_crossing():
    assert told("3467", schedule=EARLY) == []


def test_the_hourly_limit_holds_crossings_back_too():
    steps = run(draw("44664466446644"), rules(max_per_hour=2))

    assert [alert.kind for alert in alerts_of(steps)] == ["crossing_to_right", "crossing_to_left", "limit"]
    assert sum(step.held_back == ("crosses",) for step in steps) == 3


def test_around_the_end_of_the_line_is_not_across():
    around = [(0.3, 0.8), (0.4, 0.98), (0.6, 0.98), (0.7, 0.8)]
    seen = [result(second, person(x, y)) for second, (x, y) in enumerate(around)]

    assert alerts_of(run(seen, rules())) == []


def went(walk: list[tuple[float, float]]) -> list[Direction]:
    passages: dict[str, Passage] = {}
    ways: list[Direction] = []
    for x, y in walk:
        passages, crossed = passages_after(passages, standing_at(x, y), {"middle": MIDDLE})
        ways += crossed.values()
    return ways


places = st.tuples(st.integers(0, 32), st.integers(0, 32)).map(lambda point: (point[0] / 32, point[1] / 32))


@given(walk=st.lists(places, max_size=30))
def test_a_walk_backwards_crosses_the_other_way(walk: list[tuple[float, float]]):
    assert went(walk[::-1]) == [way.opposite for way in reversed(went(walk))]


@given(walk=st.lists(places, max_size=30))
def test_one_goes_to_either_side_by_turns(walk: list[tuple[float, float]]):
    ways = went(walk)

    assert all(before is not after for before, after in pairwise(ways))


@given(start=places, jitter=st.lists(st.tuples(st.floats(0.455, 0.545), st.floats(0.1, 0.9)), max_size=30))
def test_feet_that_flicker_about_the_line_cross_nothing(start: tuple[float, float], jitter: list[tuple[float, float]]):
    assert went([start, *jitter, start]) == []


@given(signs=st.text("2345678.", max_size=25), data=st.data())
def test_a_restart_anywhere_changes_nothing(signs: str, data: st.DataObject):
    cut = data.draw(st.integers(0, len(signs)))
    first = run(draw(signs)[:cut], rules())
    state = first[-1].state if first else RulesState()
    second: list[Alert] = alerts_of(run(draw(signs)[cut:], rules(), unpack_state(pack_state(state))))

    assert [*alerts_of(first), *second] == alerts_of(run(draw(signs), rules()))
