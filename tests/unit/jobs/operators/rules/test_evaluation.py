"""In the drawings one column is one frame, 1 s apart: ``p`` a person at the door, ``g`` at the gate, ``.`` nobody."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import (
    AlertRule,
    ArmingOverride,
    CameraRules,
    RulesState,
    Step,
    evaluate,
    pack_state,
    unpack_state,
)
from ommatid_schemas.events import Alert, Box, FrameRef, FrameResult
from tests.strategies import camera_results
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import ANYWHERE, AT_DOOR, camera_rules

AT_THE = {"p": (standing_at(0.75, 0.9),), "g": (standing_at(0.2, 0.9),), ".": ()}
DOOR_AND_GATE = AT_DOOR.model_copy(update={"zones": ("door", "gate")})
BOTH_RULES = camera_rules(DOOR_AND_GATE, ANYWHERE.model_copy(update={"cooldown_us": 2 * S}))


def run(results: list[FrameResult], rules: CameraRules, state: RulesState | None = None) -> list[Step]:
    steps: list[Step] = []
    state = state or RulesState()
    for seen in results:
        steps.append(evaluate(state, seen, rules, seen.inferred_at_us + 10_000))
        state = steps[-1].state
    return steps


def draw(drawing: str) -> list[FrameResult]:
    return [result(second, *AT_THE[sign]) for second, sign in enumerate(drawing)]


def alerts_at(steps: list[Step]) -> list[int]:
    return [second for second, step in enumerate(steps) if step.alerts]


def alerts_of(steps: list[Step]) -> list[Alert]:
    return [alert for step in steps for alert in step.alerts]


def newer(a: FrameResult, b: FrameResult) -> FrameResult:
    return max(a, b, key=lambda seen: seen.captured_at_us)


def fires(rule: AlertRule, *boxes: Box) -> bool:
    once = rule.model_copy(update={"confirm_matches": 1, "confirm_frames": 1})
    return bool(alerts_of(run([result(0, *boxes)], camera_rules(once))))


@pytest.mark.parametrize(
    ("drawing", "expected"),
    [
        ("p", []),
        ("pp", [1]),
        ("p.p", [2]),
        ("p..p", []),  # the first has left the last three frames
        ("p..pp", [4]),
        ("ppppp", [1]),  # cooldown
        (".....", []),
    ],
)
def test_two_of_three_frames_confirm(drawing: str, expected: list[int]):
    assert alerts_at(run(draw(drawing), camera_rules(AT_DOOR))) == expected


def test_a_box_counts_by_label_score_and_where_it_stands():
    assert fires(AT_DOOR, standing_at(0.75, 0.5))
    assert not fires(AT_DOOR, standing_at(0.75, 0.5, label="car"))
    assert not fires(AT_DOOR, standing_at(0.75, 0.5, score=0.44))
    assert not fires(AT_DOOR, standing_at(0.45, 0.5))


def test_a_rule_without_zones_watches_the_whole_frame():
    assert fires(ANYWHERE, standing_at(0.01, 0.01))


def test_a_box_cut_off_by_the_edge_of_the_picture_stands_in_a_zone_that_ends_there():
    # 0.7 + 0.30000001 is beyond 1: a rounding of single precision, as it comes out of Avro.
    assert fires(AT_DOOR, Box("person", 0.9, 0.7, 0.7, 0.1, 0.30000001192092896))


def test_an_object_that_stays_is_reported_once():
    short = AT_DOOR.model_copy(update={"cooldown_us": 5 * S})

    assert alerts_at(run(draw("pppppppppppppppp"), camera_rules(short))) == [1]


def test_who_comes_after_the_cooldown_is_reported_though_the_first_is_still_there():
    short = AT_DOOR.model_copy(update={"cooldown_us": 3 * S})
    two = (*AT_THE["p"], standing_at(0.9, 0.5))
    seen = [*draw("ppppppp"), *(result(second, *two) for second in range(7, 10))]

    assert alerts_at(run(seen, camera_rules(short))) == [1, 8]


def test_who_comes_during_the_cooldown_and_stays_is_reported_when_it_ends():
    short = AT_DOOR.model_copy(update={"cooldown_us": 5 * S})
    two = (*AT_THE["p"], standing_at(0.9, 0.5))
    seen = [*draw("pp"), *(result(second, *two) for second in range(2, 10))]

    assert alerts_at(run(seen, camera_rules(short))) == [1, 7]


def test_without_cooldown_no_frame_supports_two_alerts():
    none = DOOR_AND_GATE.model_copy(update={"cooldown_us": 0})
    alerts = alerts_of(run(draw("ppggpp"), camera_rules(none)))

    assert len({alert.alert_id for alert in alerts}) == len(alerts) == 2


def test_walking_into_another_zone_is_an_alert_for_that_zone_alone():
    steps = run(draw("ppggggpp"), camera_rules(DOOR_AND_GATE))

    assert [(alert.zones, len(alert.evidence)) for alert in alerts_of(steps)] == [(("door",), 2), (("gate",), 2)]
    assert alerts_at(steps) == [1, 3]


def test_confirmation_across_two_zones_names_both_and_quiets_both():
    steps = run(draw("pgpgpg"), camera_rules(DOOR_AND_GATE))

    assert [alert.zones for alert in alerts_of(steps)] == [("door", "gate")]


def test_the_end_of_a_cooldown_alone_raises_nothing():
    short = AT_DOOR.model_copy(update={"cooldown_us": 3 * S, "confirm_frames": 4})

    assert alerts_at(run(draw("pppp."), camera_rules(short))) == [1]


def test_rules_are_independent_of_each_other():
    alerts = alerts_of(run(draw("pp"), camera_rules(AT_DOOR, ANYWHERE)))

    assert [alert.rule for alert in alerts] == ["person-at-door", "anything"]


def test_an_alert_says_what_was_seen_where_and_when():
    car = standing_at(0.75, 0.9, label="car")
    seen = [result(0, *AT_THE["p"], car), result(1), result(2, standing_at(0.75, 0.8, score=0.95), car)]
    (alert,) = alerts_of(run(seen, camera_rules(AT_DOOR)))

    assert (alert.camera_id, alert.region, alert.group, alert.rule) == ("cam-1", "eu", "entrances", "person-at-door")
    assert (alert.label, alert.score, alert.zones, alert.deliver) == ("person", 0.95, ("door",), ("soc",))
    assert (alert.started_at_us, alert.captured_at_us) == (T0_US, T0_US + 2 * S)
    assert [proof.frame_ref for proof in alert.evidence] == [
        FrameRef("omm.frames.eu.safety.entrances", 2, 0),
        FrameRef("omm.frames.eu.safety.entrances", 2, 20),
    ]
    assert [proof.boxes for proof in alert.evidence] == [AT_THE["p"], (standing_at(0.75, 0.8, score=0.95),)]


def test_latency_is_split_by_stage():
    (alert,) = alerts_of(run(draw("pp"), camera_rules(AT_DOOR)))

    assert alert.latency_ms == {"edge": 100, "queue": 20, "infer": 70, "raise": 10, "total": 200}
    assert not alert.late


def test_an_alert_beyond_its_priority_is_late():
    spooled = [result(second, *AT_THE["p"], published_s=100 + second) for second in range(2)]
    (alert,) = alerts_of(run(spooled, camera_rules(AT_DOOR)))

    assert alert.late


def test_the_identity_of_an_alert_does_not_depend_on_when_it_is_raised():
    first, second = draw("pp")
    state = evaluate(RulesState(), first, camera_rules(AT_DOOR), 0).state
    (now,) = evaluate(state, second, camera_rules(AT_DOOR), T0_US).alerts
    (later,) = evaluate(state, second, camera_rules(AT_DOOR), T0_US + 3600 * S).alerts

    assert now.alert_id == later.alert_id == "2d205f1656b3449b68f900faea95e4d9"


def test_a_frame_that_is_not_newer_is_a_repeat_and_changes_nothing():
    first, second, third = draw("ppp")
    state = run([first, third], camera_rules(AT_DOOR))[-1].state

    assert evaluate(state, third, camera_rules(AT_DOOR), T0_US) == Step(state, repeat=True)
    assert evaluate(state, second, camera_rules(AT_DOOR), T0_US) == Step(state, repeat=True)


def test_a_camera_whose_clock_was_set_back_is_not_silenced():
    before = result(3600, *AT_THE["p"])
    after = [result(second, *AT_THE["p"], published_s=3601 + second) for second in range(2)]
    steps = run([before, *after], camera_rules(AT_DOOR))

    assert [step.repeat for step in steps] == [False, False, False]
    assert alerts_at(steps) == [2]


def test_old_work_repeated_stays_a_repeat_however_old_it_is():
    steps = run([result(3600, *AT_THE["p"]), *draw("pp")], camera_rules(AT_DOOR))

    assert [step.repeat for step in steps] == [False, True, True]


def test_work_from_before_the_clock_was_set_back_stays_a_repeat():
    before, after = result(3600, *AT_THE["p"]), result(0, *AT_THE["p"], published_s=3601)
    steps = run([before, after, before], camera_rules(AT_DOOR))

    assert [step.repeat for step in steps] == [False, False, True]


def test_a_cooldown_from_before_the_clock_was_set_back_does_not_count():
    before = [result(3600 + second, *AT_THE["p"]) for second in range(2)]
    after = [result(second, *AT_THE["p"], published_s=3610 + second) for second in range(2)]

    assert alerts_at(run([*before, *after], camera_rules(AT_DOOR))) == [1, 3]


def test_state_of_a_rule_that_is_gone_is_forgotten():
    state = run(draw("p"), camera_rules(AT_DOOR, ANYWHERE))[-1].state

    assert set(evaluate(state, result(1), camera_rules(ANYWHERE), T0_US).state.rules) == {"anything"}


@settings(max_examples=25)
@given(results=camera_results())
def test_a_replay_raises_the_same_alerts(results: list[FrameResult]):
    assert run(results, BOTH_RULES) == run(results, BOTH_RULES)


@settings(max_examples=25)
@given(results=camera_results(), data=st.data())
def test_a_restart_anywhere_changes_nothing(results: list[FrameResult], data: st.DataObject):
    cut = data.draw(st.integers(0, len(results)))
    first = run(results[:cut], BOTH_RULES)
    state = first[-1].state if first else RulesState()
    second = run(results[cut:], BOTH_RULES, unpack_state(pack_state(state)))

    assert first + second == run(results, BOTH_RULES)


@settings(max_examples=25)
@given(results=camera_results(), data=st.data())
def test_repeating_any_frame_raises_nothing_anew(results: list[FrameResult], data: st.DataObject):
    """A camera with a steady clock; each frame is followed by a repeat of itself or of a frame before it."""
    once = list({newest.captured_at_us: newest for newest in accumulate(results, newer)}.values())
    repeated: list[FrameResult] = []
    for index, seen in enumerate(once):
        repeated += [seen, once[data.draw(st.integers(max(0, index - 2), index))]]

    assert alerts_of(run(repeated, BOTH_RULES)) == alerts_of(run(once, BOTH_RULES))


@settings(max_examples=25)
@given(results=camera_results())
def test_every_alert_has_enough_evidence_and_an_identity_of_its_own(results: list[FrameResult]):
    alerts = alerts_of(run(results, BOTH_RULES))
    by_name = {rule.name: rule for rule in BOTH_RULES.rules}

    assert len({alert.alert_id for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert by_name[alert.rule].confirm_matches <= len(alert.evidence) <= by_name[alert.rule].confirm_frames
        assert all(proof.boxes for proof in alert.evidence)
        assert alert.evidence[-1].captured_at_us == alert.captured_at_us


def test_what_was_there_while_a_rule_was_disarmed_by_command_counts_for_nothing():
    """Disarmed up to the third frame, ``confirm: 2 of 3``."""
    until_us = T0_US + 2 * S + 1
    rule = AT_DOOR.model_copy(update={"overrides": (ArmingOverride(armed=False, from_us=0, until_us=until_us),)})

    assert alerts_at(run(draw("ppppp"), camera_rules(rule))) == [4]
