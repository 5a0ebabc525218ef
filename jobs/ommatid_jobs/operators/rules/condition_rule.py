"""A rule that fires when something holds of whole frames: one alert when it has for long enough, until it is over."""

from dataclasses import replace

from ommatid_jobs.operators.rules.alert_message import (
    ABSENCE,
    ANSWER,
    COUNT,
    Occasion,
    alert_message,
    frame_occasion,
    time_occasion,
)
from ommatid_jobs.operators.rules.arming import armed
from ommatid_jobs.operators.rules.condition import advanced, due_at_us
from ommatid_jobs.operators.rules.counting import counted
from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.matching import WHOLE_FRAME
from ommatid_jobs.operators.rules.raising import RuleTurn, opened, raised
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules, WatchedCount
from ommatid_jobs.operators.rules.sightings import sighting
from ommatid_jobs.operators.rules.state import Condition, RulesState, RuleState
from ommatid_schemas.events import AlertType


def condition_turn(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """Advance a rule that counts by one frame."""
    count = rule.count or WatchedCount()
    before = armed(rule, state, frame.result.captured_at_us)
    if before.armed_at_us is None:
        return ended(rule, replace(before, condition=Condition()), frame, now_us)
    number, seen, tracks = counted(rule, camera, before.condition, frame)
    after = advanced(rule, before, sighting(frame, seen), count.holds(number))
    after = replace(after, condition=replace(after.condition, counted=tracks))
    return told(rule, camera, after, frame, now_us)


def passed_turn(rule: AlertRule, camera: CameraRules, state: RulesState, until_us: int, now_us: int) -> RuleTurn:
    """Advance a rule by time alone.

    Args:
        rule: The rule.
        camera: Rules of the camera.
        state: State of the camera.
        until_us: Event time up to which all frames were seen.
        now_us: Current time, microseconds since the epoch.
    """
    before = state.rules.get(rule.name, RuleState())
    due_us = due_at_us(rule, camera, before, state.captured_at_us)
    if due_us is None or due_us > until_us:
        return RuleTurn(before)
    return _raised(rule, camera, before, time_occasion(camera, due_us, now_us))


def told(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """What follows from a condition after a frame: its alert when it is due, its end when it is over."""
    if state.condition.since is None:
        return ended(rule, state, frame, now_us)
    if state.open and state.condition.last:
        state = replace(state, open=tuple(replace(alert, last=state.condition.last) for alert in state.open))
    at_us = frame.result.captured_at_us
    due_us = due_at_us(rule, camera, state, at_us)
    if due_us is None or due_us > at_us:
        return RuleTurn(state)
    return _raised(rule, camera, state, frame_occasion(frame.result, now_us))


def ended(rule: AlertRule, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """What follows when the condition does not hold, or no longer: its alert is over."""
    if not state.open:
        return RuleTurn(state)
    messages = tuple(
        alert_message(rule.name, (AlertType.END, alert, [alert.last]), frame_occasion(frame.result, now_us))
        for alert in state.open
        if alert.ends
    )
    return RuleTurn(replace(state, open=()), messages)


def _raised(rule: AlertRule, camera: CameraRules, state: RuleState, occasion: Occasion) -> RuleTurn:
    condition = state.condition
    shown = [seen for seen in (condition.since, condition.last) if seen]
    shown = shown[:1] if shown[0] == shown[-1] else shown
    alert = replace(opened(rule, camera.camera_id, _kind(rule), rule.zones or (), shown), tracks=())
    quiet = {**state.quiet_until_us, WHOLE_FRAME: occasion.at_us + rule.cooldown_us}
    state = replace(state, quiet_until_us=quiet, condition=replace(condition, raised=True))
    return raised(rule, state, alert, shown, occasion)


def _kind(rule: AlertRule) -> str:
    if rule.count is None:
        return ANSWER
    return ABSENCE if rule.count.fewer_than == 1 else COUNT
