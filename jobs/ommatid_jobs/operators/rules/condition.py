"""Something that holds, or does not, of whole frames: since when it holds, by N of M frames, and when it is due.

N of the last M frames begin it, and more than M - N of them without it end it. So one wrong frame neither begins nor
ends anything, whether frames are 1/15 s or 30 s apart.
"""

from dataclasses import replace

from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_jobs.operators.rules.matching import WHOLE_FRAME
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.state import Condition, RuleState, Sighting


def advanced(rule: AlertRule, state: RuleState, seen: Sighting, holds: bool) -> RuleState:
    """Advance a condition by one frame.

    Args:
        rule: The rule, for its N of M.
        state: Its state on the camera.
        seen: The frame.
        holds: Whether the condition holds in it.

    Returns:
        The state; its condition has no ``since`` when it does not hold, or holds no more.
    """
    before = state.condition
    recent = (*before.recent, holds)[-rule.confirm_frames :]
    if before.since is not None:
        if recent.count(False) > rule.confirm_frames - rule.confirm_matches:
            return replace(state, condition=Condition(counted=before.counted))
        last = seen if holds else before.last
        return replace(state, condition=replace(before, recent=recent, last=last))
    held = (*state.sightings, seen) if holds else state.sightings
    held = held[len(held) - recent.count(True) :]
    if len(held) < rule.confirm_matches:
        return replace(state, sightings=held, condition=replace(before, recent=recent))
    return replace(state, sightings=(), condition=replace(before, recent=recent, since=held[0], last=seen))


def begun_anew(state: RuleState) -> RuleState:
    """State after a time in which nobody looked: what was told of goes on until frames say that it is over."""
    condition = replace(state.condition, recent=(), counted=())
    if not condition.raised:
        condition = Condition()
    return state if condition == state.condition else replace(state, sightings=(), condition=condition)


def due_at_us(rule: AlertRule, camera: CameraRules, state: RuleState, seen_at_us: int) -> int | None:
    """Event time at which the alert is due: when the condition has held for long enough, and the cooldown is over.

    Args:
        rule: A rule with a condition.
        camera: Rules of the camera.
        state: State of the rule.
        seen_at_us: Capture time of the camera's last frame. What it showed holds for ``blind_us`` and no longer.

    Returns:
        Microseconds since the epoch; None when no alert will be due unless frames follow.
    """
    since = state.condition.since
    if since is None or state.condition.raised or state.armed_at_us is None:
        return None
    due_us = since.captured_at_us + (rule.count.for_us if rule.count else 0)
    quiet_until_us = state.quiet_until_us.get(WHOLE_FRAME, 0)
    # An end that is too far away is from before the clock was set back.
    if quiet_until_us - seen_at_us <= rule.cooldown_us:
        due_us = max(due_us, quiet_until_us)
    if due_us > seen_at_us + camera.blind_us or not is_armed(rule.schedule, due_us, rule.overrides):
        return None
    return due_us
