"""Rules that change between two frames. In the drawings one column is one frame, as in test_evaluation."""

import pytest

from ommatid_jobs.operators.rules import (
    AlertRule,
    RulesState,
    WatchedCount,
    WatchedZone,
    due_at_us,
    elapsed,
    evaluate,
    pack_state,
    unpack_state,
)
from ommatid_schemas.events import Alert, AlertType
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, GATE, ZONES, camera_rules

PRESENT = standing_at(0.75, 0.9)
TOLD_TO_THE_END = AT_DOOR.model_copy(update={"report": (AlertType.NEW, AlertType.END)})


def changed(**values: object) -> AlertRule:
    return AT_DOOR.model_copy(update=values)


def see(state: RulesState, second: int, *rules: AlertRule) -> tuple[RulesState, tuple[Alert, ...]]:
    """A person at the door, by rules; the state goes through its bytes, as between two frames of a job."""
    step = evaluate(unpack_state(pack_state(state)), result(second, PRESENT), camera_rules(*rules), T0_US + second * S)
    return step.state, step.alerts


@pytest.mark.parametrize(
    "rule",
    [
        changed(min_score=0.6),
        changed(labels=("person", "car")),
        changed(zones=None),
        changed(confirm_frames=4),
    ],
)
def test_a_rule_that_matches_otherwise_begins_its_confirmation_anew(rule: AlertRule):
    state, _ = see(RulesState(), 0, AT_DOOR)

    state, alerts = see(state, 1, rule)

    assert alerts == ()
    assert [alert.type for alert in see(state, 2, rule)[1]] == [AlertType.NEW]


@pytest.mark.parametrize("rule", [changed(cooldown_us=1), changed(deliver=()), changed(max_per_hour=7), AT_DOOR])
def test_what_decides_about_no_match_leaves_the_confirmation_as_it_is(rule: AlertRule):
    state, _ = see(RulesState(), 0, AT_DOOR)

    assert len(see(state, 1, rule)[1]) == 1


def test_another_rule_that_changes_costs_this_one_nothing():
    other = changed(name="other", zones=("gate",))
    state, _ = see(RulesState(), 0, AT_DOOR, other)

    assert len(see(state, 1, AT_DOOR, other.model_copy(update={"min_score": 0.6}))[1]) == 1


def test_who_stays_in_a_zone_that_was_drawn_elsewhere_has_just_come():
    dwell = changed(loitering_us=2 * S, confirm_matches=1, confirm_frames=1)
    wider = {**ZONES, "door": WatchedZone(coordinates=(0.4, 0.0, 1.0, 0.0, 1.0, 1.0, 0.4, 1.0))}
    state, _ = see(RulesState(), 0, dwell)
    state = evaluate(state, result(1, PRESENT), camera_rules(dwell, zones=wider), T0_US).state

    steps = [evaluate(state, result(second, PRESENT), camera_rules(dwell, zones=wider), T0_US) for second in (2, 3)]

    assert [len(step.alerts) for step in steps] == [0, 1]


def test_the_cooldown_of_before_goes_on():
    state, _ = see(see(RulesState(), 0, AT_DOOR)[0], 1, AT_DOOR)
    lower = changed(min_score=0.3)

    alerts = [alert for second in (2, 3) for alert in see(state, second, lower)[1]]

    assert alerts == []


def test_an_alert_whose_rule_is_removed_ends_with_the_next_frame():
    state, raised = see(see(RulesState(), 0, TOLD_TO_THE_END)[0], 1, TOLD_TO_THE_END)

    state, alerts = see(state, 2)

    assert [(alert.type, alert.alert_id, alert.rule) for alert in alerts] == [
        (AlertType.END, raised[0].alert_id, "person-at-door")
    ]
    assert see(state, 3)[1] == ()


def test_an_alert_whose_end_nobody_wants_ends_in_silence():
    state, _ = see(see(RulesState(), 0, AT_DOOR)[0], 1, AT_DOOR)

    assert see(state, 2)[1] == ()


def test_time_that_passed_under_another_count_raises_nothing():
    empty = changed(count=WatchedCount(fewer_than=1, for_us=5 * S), zones=("door",))
    crowd = empty.model_copy(update={"count": WatchedCount(more_than=3, for_us=5 * S)})
    state = RulesState()
    for second in (0, 1):
        state = evaluate(state, result(second), camera_rules(empty), T0_US).state
    assert due_at_us(state, camera_rules(empty)) == T0_US + 5 * S

    step = elapsed(state, camera_rules(crowd), T0_US + 60 * S, T0_US)

    assert step.alerts == ()


def test_a_zone_of_the_same_name_and_another_shape_counts_as_a_change():
    elsewhere = {**ZONES, "door": WatchedZone(coordinates=GATE)}

    assert camera_rules(AT_DOOR).matched_by != camera_rules(AT_DOOR, zones=elsewhere).matched_by


def test_what_was_computed_of_a_camera_is_not_taken_for_its_copy():
    camera = camera_rules(AT_DOOR)
    assert camera.labels == {"person"}

    assert camera.model_copy(update={"rules": ()}).labels == frozenset()
