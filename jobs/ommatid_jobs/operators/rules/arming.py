"""Whether a rule is armed at an instant, by its schedule or by command, and what that makes of its state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ommatid_jobs.operators.rules.rule_book import AlertRule, ArmingOverride
from ommatid_jobs.operators.rules.state import RuleState
from ommatid_schemas.fleet_file import Schedule
from ommatid_schemas.fleet_file.schedule import MINUTES_A_DAY

_DAY = timedelta(days=1)


def is_armed(schedule: Schedule | None, at_us: int, overrides: Sequence[ArmingOverride] = ()) -> bool:
    """Whether a rule is armed.

    Args:
        schedule: Of the rule; None is always armed.
        at_us: Instant, microseconds since the Unix epoch, UTC. Its local time is what counts.
        overrides: What commands say; the last one that holds at the instant counts, and the schedule where none does.
    """
    said = next((override.armed for override in reversed(overrides) if override.holds(at_us)), None)
    if said is not None:
        return said
    if schedule is None:
        return True
    local = datetime.fromtimestamp(at_us // 1_000_000, ZoneInfo(schedule.timezone))
    today, minute = local.date(), local.hour * 60 + local.minute
    return (
        today in schedule.all_day
        or _in_a_window(schedule, today, minute)
        or _in_a_window(schedule, today - _DAY, minute + MINUTES_A_DAY)
    )


def armed(rule: AlertRule, state: RuleState, at_us: int) -> RuleState:
    """State as schedule and commands have it: disarmed, it forgets what would have counted towards an alert."""
    if not is_armed(rule.schedule, at_us, rule.overrides):
        return replace(state, sightings=(), reported=(), armed_at_us=None)
    if rule.schedule is None and not rule.overrides:
        return state if state.armed_at_us == 0 else replace(state, armed_at_us=0)
    return state if state.armed_at_us is not None else replace(state, armed_at_us=at_us)


def _in_a_window(schedule: Schedule, day: date, minute: int) -> bool:
    """Whether a window that begins on ``day`` has the minute, counted from that day's midnight."""
    weekday = day.weekday()
    for window in schedule.windows:
        if window.start_min <= minute < window.end_min and weekday in window.weekdays:
            return day not in schedule.except_dates
    return False
