"""At most so many alerts of a rule and camera in an hour; the next one says that more are held back."""

from dataclasses import replace
from enum import Enum, auto

from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.state import RuleState

HOUR_US = 3_600_000_000


class Verdict(Enum):
    """What becomes of an alert that a rule would raise."""

    RAISED = auto()
    LAST = auto()
    """It is raised as the one that tells of the limit."""
    HELD_BACK = auto()


def limited(rule: AlertRule, state: RuleState, at_us: int) -> tuple[RuleState, Verdict]:
    """Hold a rule to its limit. In any hour there are at most ``max_per_hour`` alerts, and one that tells of the limit.

    Args:
        rule: The rule.
        state: Its state on the camera.
        at_us: Capture time of the frame that would raise an alert, microseconds.
    """
    if rule.max_per_hour is None:
        return state, Verdict.RAISED
    # What lies in the future is from before the clock was set back.
    raised = tuple(time_us for time_us in state.raised_us if 0 <= at_us - time_us < HOUR_US)
    if len(raised) < rule.max_per_hour:
        return replace(state, raised_us=(*raised, at_us)), Verdict.RAISED
    if 0 <= at_us - state.limited_us < HOUR_US:
        return replace(state, raised_us=raised), Verdict.HELD_BACK
    return replace(state, raised_us=raised, limited_us=at_us), Verdict.LAST
