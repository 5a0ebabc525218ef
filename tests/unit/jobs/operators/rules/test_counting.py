"""Rules that count. In the drawings one column is one frame, 1 s apart; its digit says how many are at the door."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import (
    CameraRules,
    RulesState,
    Step,
    WatchedCount,
    due_at_us,
    elapsed,
    evaluate,
    pack_state,
    unpack_state,
)
from ommatid_schemas.events import Alert, AlertType, FrameResult
from ommatid_schemas.fleet_file import Schedule
from tests.strategies import camera_results
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, camera_rules
from tests.unit.jobs.operators.rules.test_evaluation import alerts_of, run

PLACES = tuple(standing_at(0.52 + 0.11 * index, 0.9) for index in range(5))
BOTH = (AlertType.NEW, AlertType.END)
COUNTS = AT_DOOR.model_copy(
    update={"name": "queue", "count": WatchedCount(more_than=2), "report": BOTH, "cooldown_us": 0}
)
EMPTY = WatchedCount(fewer_than=1, for_us=5 * S)


def draw(drawing: str, step_s: float = 1) -> list[FrameResult]:
    return [result(index * step_s, *PLACES[: int(sign)]) for index, sign in enumerate(drawing)]


def counting(**changes: Any) -> CameraRules:
    return camera_rules(COUNTS.model_copy(update=changes))


def told(drawing: str, step_s: float = 1, **changes: Any) -> list[tuple[float, AlertType]]:
    alerts = alerts_of(run(draw(drawing, step_s), counting(**changes)))
    return [((alert.captured_at_us - T0_US) / S, alert.type) for alert in alerts]


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("2222", []),
        ("2333", [(2, AlertType.NEW)]),  # two of three frames
        ("3333333", [(1, AlertType.NEW)]),
        ("0003000", []),
        ("33333222222", [(1, AlertType.NEW), (9, AlertType.END)]),  # who is not seen counts for 3 s
    ],
)
def test_more_than_two_raise_one_alert_until_it_is_over(drawing: str, expected: list[tuple[float, AlertType]]):
    assert told(drawing) == expected


def test_it_must_have_been_so_for_the_time_that_the_rule_says():
    assert told("333333333", count=WatchedCount(more_than=2, for_us=4 * S)) == [(4, AlertType.NEW)]


@pytest.mark.parametrize("step_s", [1 / 15, 0.5, 30])
def test_one_frame_without_an_object_interrupts_nothing(step_s: float):
    held = WatchedCount(more_than=2, for_us=round(9 * step_s * S))

    assert [kind for _, kind in told("33333233333", step_s, count=held)] == [AlertType.NEW]


def test_an_object_that_stands_in_for_a_lost_track_is_not_counted_twice():
    gone = [result(2, *PLACES[:1], PLACES[4]), result(3, *PLACES[:1], PLACES[4])]  # two people, one of them elsewhere

    assert alerts_of(run([*draw("22"), *gone], counting())) == []


def test_objects_count_when_the_rule_says_so_of_each():
    assert told("333333", loitering_us=3 * S) == [(4, AlertType.NEW)]
    assert told("333333", labels=("car",)) == []


def test_absence_is_raised_between_two_frames_when_it_is_due():
    assert told("1110", 30, count=EMPTY) == []
    assert told("111000", 30, count=EMPTY) == [(120, AlertType.NEW)]
    assert told("111000", 4, count=EMPTY) == [(17, AlertType.NEW)]  # since the frame at 12 s


def test_absence_says_since_when_and_shows_the_empty_place():
    (alert,) = alerts_of(run(draw("0000000"), counting(count=EMPTY)))

    assert (alert.kind, alert.label, alert.score, alert.track_id) == ("absence", "person", 0.0, None)
    assert (alert.started_at_us, alert.captured_at_us, alert.zones) == (T0_US, T0_US + 5 * S, ("door",))
    assert [proof.boxes for proof in alert.evidence] == [(), ()]


def test_a_count_shows_who_was_there_and_the_alert_that_ends_is_the_one_that_began():
    new, end = alerts_of(run(draw("33332222222"), counting()))

    assert (new.kind, new.label, new.zones, len(new.evidence[-1].boxes)) == ("count", "person", ("door",), 3)
    assert (new.alert_id, new.started_at_us) == (end.alert_id, end.started_at_us)
    assert end.ended_at_us == T0_US + 6 * S


def test_a_post_that_is_left_for_less_than_the_time_is_not_absent():
    assert told("1111000001111", count=WatchedCount(fewer_than=1, for_us=6 * S)) == []


def test_a_camera_that_shows_nothing_for_minutes_tells_of_no_absence():
    quarter = WatchedCount(fewer_than=1, for_us=900 * S)
    seen = [result(0), result(30), result(1000)]

    assert alerts_of(run(seen, counting(count=quarter))) == []


def test_the_cooldown_keeps_it_quiet_and_what_still_holds_is_told_of_afterwards():
    assert [at for at, kind in told("333" + "0" * 6 + "3" * 8, cooldown_us=10 * S) if kind is AlertType.NEW] == [1, 11]


def test_a_rule_that_is_disarmed_ends_its_alert():
    until_2214 = Schedule.model_validate({"timezone": "UTC", "windows": ["Tue 22:00-22:14"]})

    assert told("3" * 60, schedule=until_2214) == [(1, AlertType.NEW), (40, AlertType.END)]


def test_the_hourly_limit_holds_counts_back_too():
    steps = run(draw(("333" + "0" * 7) * 4), counting(max_per_hour=1))

    assert [alert.kind for alert in alerts_of(steps) if alert.type is AlertType.NEW] == ["count", "limit"]
    assert any(step.held_back for step in steps)


def test_time_alone_raises_what_is_due():
    camera = counting(count=EMPTY)
    state = run(draw("00"), camera)[-1].state
    due_us = due_at_us(state, camera)
    assert due_us == T0_US + 5 * S

    assert elapsed(state, camera, due_us - 1, 0) == Step(state)
    step = elapsed(state, camera, due_us, due_us + 2 * S)
    (alert,) = step.alerts

    assert (alert.captured_at_us, alert.latency_ms) == (due_us, {"raise": 2000.0, "total": 2000.0})
    assert (alert.region, alert.group) == ("eu", "entrances")
    assert due_at_us(step.state, camera) is None


EVERYTHING = camera_rules(
    COUNTS.model_copy(update={"count": WatchedCount(more_than=1, for_us=3 * S), "zones": None}),
    COUNTS.model_copy(update={"name": "post-empty", "count": EMPTY, "labels": ("person", "car")}),
    COUNTS.model_copy(update={"name": "few", "count": WatchedCount(fewer_than=2), "cooldown_us": 20 * S}),
)


def last_moment_before_us(rest: list[FrameResult], state: RulesState) -> int:
    """Up to when time passes on the camera's clock before its next frame; on one that is set back, none does."""
    fresh = (it.captured_at_us for it in rest if not evaluate(state, it, EVERYTHING, 0).repeat)
    return max(state.captured_at_us, next(fresh, 2**62) - 1)


@settings(max_examples=25)
@given(results=camera_results(), data=st.data())
def test_neither_ticks_nor_restarts_change_an_alert(results: list[FrameResult], data: st.DataObject):
    plain = alerts_of(run(results, EVERYTHING))
    state, ticked = RulesState(), list[Alert]()
    for number, seen in enumerate(results, start=1):
        step = evaluate(state, seen, EVERYTHING, seen.inferred_at_us + 10_000)
        state, ticked = unpack_state(pack_state(step.state)), [*ticked, *step.alerts]
        until_us = seen.captured_at_us + data.draw(st.integers(0, 40_000_000))
        step = elapsed(state, EVERYTHING, min(until_us, last_moment_before_us(results[number:], state)), until_us)
        state, ticked = step.state, [*ticked, *step.alerts]

    said = [(alert.alert_id, alert.type, alert.captured_at_us) for alert in ticked]
    assert said[: len(plain)] == [(alert.alert_id, alert.type, alert.captured_at_us) for alert in plain]


@settings(max_examples=25)
@given(results=camera_results())
def test_an_alert_ends_once_and_after_it_began(results: list[FrameResult]):
    open_ids: set[str] = set()
    for alert in alerts_of(run(results, EVERYTHING)):
        assert (alert.alert_id in open_ids) == (alert.type is AlertType.END)
        open_ids ^= {alert.alert_id}
