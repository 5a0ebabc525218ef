"""Which zones, or lines, of a rule are in cooldown after an alert."""

from collections.abc import Iterable
from dataclasses import replace

from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.state import RuleState


def loud_places(names: Iterable[str], rule: AlertRule, state: RuleState, at_us: int) -> tuple[str, ...]:
    """Those that are not in cooldown; an end that is too far away is from before the clock was set back."""
    quiet = state.quiet_until_us
    return tuple(name for name in names if not 0 < quiet.get(name, at_us) - at_us <= rule.cooldown_us)


def quietened(rule: AlertRule, state: RuleState, names: Iterable[str], at_us: int) -> RuleState:
    """State after an alert: its zones, or its line, are in cooldown."""
    until_us = at_us + rule.cooldown_us
    return replace(state, quiet_until_us={**state.quiet_until_us, **dict.fromkeys(names, until_us)})
