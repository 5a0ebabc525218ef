"""All rules of one camera against one frame, and against time that passes without one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules import condition
from ommatid_jobs.operators.rules.answer_rule import answer_turn
from ommatid_jobs.operators.rules.condition_rule import condition_turn, passed_turn
from ommatid_jobs.operators.rules.crossing_rule import crossing_turn
from ommatid_jobs.operators.rules.frame import Frame, looked_at
from ommatid_jobs.operators.rules.object_rule import object_turn
from ommatid_jobs.operators.rules.raising import RuleTurn
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.rule_changes import adapted, ends_of_removed
from ommatid_jobs.operators.rules.state import RulesState, RuleState
from ommatid_jobs.operators.tracking import TrackerState
from ommatid_schemas.events import Alert, FrameResult

TRUSTED_STEP_US = 60_000_000
"""Distance of two frames within which capture time alone decides which is newer, microseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the operator must do next.

    Attributes:
        state: To be stored.
        alerts: To be sent.
        held_back: Rules whose hourly limit held an alert back.
        unreadable: Rules that cannot read the frame's answer.
        repeat: The frame is not newer than the last one.
    """

    state: RulesState
    alerts: tuple[Alert, ...] = ()
    held_back: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
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
        rules: The camera's rules; those that are not among them any more end their alerts and are forgotten.
        now_us: Current time, microseconds since the epoch; used for the latency of alerts only.
    """
    if _is_repeat(state, result):
        return Step(state, repeat=True)
    time = _passed(state, rules, result.captured_at_us, now_us)
    frame, after = looked_at(time.state, result, rules)
    turns = {rule.name: _turn(rule, rules, _state_of(rule, rules, after), frame, now_us) for rule in rules.rules}
    step = _step(replace(after, rules={name: turn.state for name, turn in turns.items()}), turns)
    removed = ends_of_removed(state, rules, result, now_us)
    return replace(step, alerts=(*time.alerts, *removed, *step.alerts), held_back=(*time.held_back, *step.held_back))


def elapsed(state: RulesState, camera: CameraRules, until_us: int, now_us: int) -> Step:
    """Raise what time alone can raise: that something has held for long enough.

    :func:`evaluate` does the same up to its frame. So the alerts, and their identities, do not depend on when or how
    often this is called, only how soon they are raised does.

    Args:
        state: State of the camera.
        camera: Its rules.
        until_us: Event time up to which all frames of the camera were evaluated, microseconds: the watermark.
        now_us: Current time, microseconds since the epoch; used for the latency of alerts only.
    """
    state = adapted(state, camera)
    turns = {
        rule.name: passed_turn(rule, camera, state, until_us, now_us)
        for rule in camera.rules
        if rule.is_condition and rule.name in state.rules
    }
    if not any(turn.alerts or turn.held_back for turn in turns.values()):
        return Step(state)
    after = {**state.rules, **{name: turn.state for name, turn in turns.items()}}
    return _step(replace(state, rules=after), turns)


def due_at_us(state: RulesState, camera: CameraRules) -> int | None:
    """Event time at which :func:`elapsed` will raise something, microseconds; None: not before another frame."""
    times = [
        due_us
        for rule in camera.rules
        if rule.is_condition
        and rule.name in state.rules
        and (due_us := condition.due_at_us(rule, camera, state.rules[rule.name], state.captured_at_us)) is not None
    ]
    return min(times, default=None)


def _step(state: RulesState, turns: Mapping[str, RuleTurn]) -> Step:
    return Step(
        state,
        tuple(alert for turn in turns.values() for alert in turn.alerts),
        tuple(name for name, turn in turns.items() if turn.held_back),
        tuple(name for name, turn in turns.items() if turn.unreadable),
    )


def _state_of(rule: AlertRule, camera: CameraRules, state: RulesState) -> RuleState:
    return state.rules.get(rule.name) or RuleState(matched_by=camera.matched_by[rule.name])


def _turn(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    if rule.answers:
        return answer_turn(rule, camera, state, frame, now_us)
    if rule.is_condition:
        return condition_turn(rule, camera, state, frame, now_us)
    if rule.crossing is not None:
        return crossing_turn(rule, camera, state, frame, now_us)
    return object_turn(rule, camera, state, frame, now_us)


def _is_repeat(state: RulesState, result: FrameResult) -> bool:
    newer_us = result.captured_at_us - state.captured_at_us
    if abs(newer_us) > TRUSTED_STEP_US:
        return result.published_at_us <= state.published_at_us
    return newer_us <= 0


def _passed(state: RulesState, camera: CameraRules, at_us: int, now_us: int) -> Step:
    """What time has made of a state just before a frame."""
    if at_us < state.captured_at_us:
        return Step(_set_back(adapted(state, camera)))
    # What is due with the frame is for the frame to say.
    step = elapsed(state, camera, at_us - 1, now_us)
    if at_us - state.captured_at_us <= camera.blind_us:
        return step
    rules = {name: condition.begun_anew(rule) for name, rule in step.state.rules.items()}
    return replace(step, state=replace(step.state, rules=rules))


def _set_back(state: RulesState) -> RulesState:
    """State after the clock was set back: no time on it can be compared, except for cooldowns and open alerts."""
    rules = {
        name: replace(condition.begun_anew(rule), sightings=(), reported=(), armed_at_us=None)
        for name, rule in state.rules.items()
    }
    return replace(state, rules=rules, tracker=TrackerState(), stays={}, passages={})
