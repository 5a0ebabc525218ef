"""All rules of one camera against one frame."""

from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules.confirmation import confirm
from ommatid_jobs.operators.rules.new_alert import new_alert
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.state import RulesState, RuleState
from ommatid_schemas.events import Alert, FrameResult

TRUSTED_STEP_US = 60_000_000
"""Distance of two frames within which capture time alone decides which is newer, microseconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the operator must do next: store ``state``, send ``alerts``, count a ``repeat``."""

    state: RulesState
    alerts: tuple[Alert, ...] = ()
    repeat: bool = False


def evaluate(state: RulesState, result: FrameResult, rules: CameraRules, now_us: int) -> Step:
    """Evaluate one frame of the camera that ``state`` and ``rules`` belong to.

    Results of a camera arrive in order, so a frame that is not newer than the last one is a repeat:
    it changes nothing. Capture time decides which is newer, unless it is more than a minute away
    from the last frame's: then the camera's clock may have been set, and publication time decides.
    A camera set back by an hour goes on, with confirmation anew, and a repeat of old work, which was
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
    number = state.frames + 1
    before = _without_sightings(state) if result.captured_at_us < state.captured_at_us else state
    alerts: list[Alert] = []
    after: dict[str, RuleState] = {}
    for rule in rules.rules:
        after[rule.name], alert = _apply(rule, before.rules.get(rule.name, RuleState()), result, number, now_us)
        alerts.extend(alert)
    return Step(RulesState(result.captured_at_us, result.published_at_us, number, after), tuple(alerts))


def _apply(
    rule: AlertRule, state: RuleState, result: FrameResult, number: int, now_us: int
) -> tuple[RuleState, tuple[Alert, ...]]:
    after, confirming = confirm(rule, state, result, number)
    return after, (new_alert(rule, result, confirming, now_us),) if confirming else ()


def _is_repeat(state: RulesState, result: FrameResult) -> bool:
    newer_us = result.captured_at_us - state.captured_at_us
    if abs(newer_us) > TRUSTED_STEP_US:
        return result.published_at_us <= state.published_at_us
    return newer_us <= 0


def _without_sightings(state: RulesState) -> RulesState:
    rules = {name: replace(rule, sightings=()) for name, rule in state.rules.items()}
    return replace(state, rules=rules)
