"""All rules of one camera against one frame."""

from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules.alert_message import LIMIT, alert_message
from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_jobs.operators.rules.confirmation import confirm
from ommatid_jobs.operators.rules.frame import Frame, looked_at
from ommatid_jobs.operators.rules.hourly_limit import Verdict, limited
from ommatid_jobs.operators.rules.lifecycle import follow, opened
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.state import OpenAlert, RulesState, RuleState
from ommatid_jobs.operators.tracking import TrackerState
from ommatid_schemas.events import Alert, AlertType, FrameResult

TRUSTED_STEP_US = 60_000_000
"""Distance of two frames within which capture time alone decides which is newer, microseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the operator must do next: store ``state``, send ``alerts``, count a ``repeat`` and rules ``held_back``."""

    state: RulesState
    alerts: tuple[Alert, ...] = ()
    held_back: tuple[str, ...] = ()
    repeat: bool = False


def evaluate(state: RulesState, result: FrameResult, rules: CameraRules, now_us: int) -> Step:
    """Evaluate one frame of the camera that ``state`` and ``rules`` belong to.

    Results of a camera arrive in order, so a frame that is not newer than the last one is a repeat:
    it changes nothing. Capture time decides which is newer, unless it is more than a minute away
    from the last frame's: then the camera's clock may have been set, and publication time decides.
    A camera set back by an hour goes on, with tracks and confirmation anew, and a repeat of old work, which was
    published earlier, stays a repeat however old it is. No clock silences a camera for longer than
    that minute.

    Args:
        state: State of the result's camera.
        result: What the model saw.
        rules: The camera's rules; state of rules that are not among them is forgotten.
        now_us: Current time, microseconds since the epoch; used for the latency of alerts only.
    """
    if _is_repeat(state, result):
        return Step(state, repeat=True)
    before = _begun_anew(state) if result.captured_at_us < state.captured_at_us else state
    number = state.frames + 1
    frame, tracker, stays = looked_at(before.tracker, before.stays, result, rules, number)
    turns = {
        rule.name: _apply(rule, rules, before.rules.get(rule.name, RuleState()), frame, now_us) for rule in rules.rules
    }
    after = {name: turn.state for name, turn in turns.items()}
    return Step(
        RulesState(result.captured_at_us, result.published_at_us, number, after, tracker, stays),
        tuple(alert for turn in turns.values() for alert in turn.alerts),
        tuple(name for name, turn in turns.items() if turn.held_back),
    )


@dataclass(frozen=True, slots=True)
class _RuleStep:
    state: RuleState
    alerts: list[Alert]
    held_back: bool = False


def _apply(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> _RuleStep:
    messages, still_open = _followed(rule, state, frame, now_us)
    before = _armed(rule, state, frame.result.captured_at_us)
    before = replace(before, open=still_open) if still_open or before.open else before
    if before.armed_at_us is None:
        return _RuleStep(before, messages)
    after, confirming = confirm(rule, camera.zones, before, frame)
    alive = tuple(filter(frame.tracks.__contains__, after.reported))
    after = after if alive == after.reported else replace(after, reported=alive)
    if not confirming:
        return _RuleStep(after, messages)
    after, verdict = limited(rule, after, frame.result.captured_at_us)
    if verdict is Verdict.HELD_BACK:
        return _RuleStep(after, messages, held_back=True)
    alert = opened(rule, frame.result.camera_id, confirming)
    alert = replace(alert, kind=LIMIT) if verdict is Verdict.LAST else alert
    if rule.report != (AlertType.NEW,):
        after = replace(after, open=(*after.open, alert))
    message = alert_message(rule, (AlertType.NEW, alert, confirming), frame.result, now_us)
    return _RuleStep(after, [*messages, message])


def _followed(
    rule: AlertRule, state: RuleState, frame: Frame, now_us: int
) -> tuple[list[Alert], tuple[OpenAlert, ...]]:
    turns = [follow(rule, alert, frame) for alert in state.open]
    messages = [
        alert_message(rule, (turn.message, turn.alert, [turn.alert.last]), frame.result, now_us)
        for turn in turns
        if turn.message is not None and turn.message in rule.report
    ]
    return messages, tuple(turn.alert for turn in turns if turn.message is not AlertType.END)


def _armed(rule: AlertRule, state: RuleState, at_us: int) -> RuleState:
    """State as the schedule has it: disarmed, it forgets what would have counted towards an alert."""
    if not is_armed(rule.schedule, at_us):
        return replace(state, sightings=(), reported=(), armed_at_us=None)
    if rule.schedule is None:
        return state if state.armed_at_us == 0 else replace(state, armed_at_us=0)
    return state if state.armed_at_us is not None else replace(state, armed_at_us=at_us)


def _is_repeat(state: RulesState, result: FrameResult) -> bool:
    newer_us = result.captured_at_us - state.captured_at_us
    if abs(newer_us) > TRUSTED_STEP_US:
        return result.published_at_us <= state.published_at_us
    return newer_us <= 0


def _begun_anew(state: RulesState) -> RulesState:
    """State after the clock was set back: no time on it can be compared, except for cooldowns and open alerts."""
    rules = {name: replace(rule, sightings=(), reported=(), armed_at_us=None) for name, rule in state.rules.items()}
    return replace(state, rules=rules, tracker=TrackerState(), stays={})
