"""Schedules against an oracle that paints a calendar; tests/services/jobs goes through every minute of a year."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given

from ommatid_jobs.operators.rules import ArmingOverride
from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.fleet_file import Schedule
from tests.strategies import calendars
from tests.wall_clocks import DAY_MIN, ZONES, Calendar, Hours, Minutes, Zone, differing_minutes

WORKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri")


def days_around(zone: Zone) -> Minutes:
    """Every minute of the day before and of the day after each change of a zone's clocks, UTC."""
    return (zone.change_minutes()[:, None] + np.arange(-DAY_MIN, DAY_MIN)).ravel()


@pytest.mark.parametrize("zone", [it for it in ZONES if it.changes], ids=lambda zone: zone.name)
def test_a_night_in_which_clocks_are_changed_has_its_own_minutes(zone: Zone):
    nights = Calendar(
        zone, (Hours(WORKDAYS, 20 * 60, 10 * 60), Hours(("Sat", "Sun"), 90, 60)), all_day=(date(2026, 4, 5),)
    )

    assert differing_minutes(nights, days_around(zone)) == []


@given(calendars())
def test_any_schedule_agrees_with_its_painted_calendar(calendar: Calendar):
    """Around the changes of the clocks, and around the dates that differ."""
    dates = [np.datetime64(day.isoformat(), "m").astype(np.int64) for day in calendar.except_dates + calendar.all_day]
    noted = [np.arange(midnight - 5, midnight + 2 * DAY_MIN, 13) for midnight in dates]
    around = days_around(calendar.zone)

    assert differing_minutes(calendar, np.concatenate([around[::7], *noted])) == []


@pytest.mark.parametrize(
    ("zone", "utc", "expected"),
    [
        ("Europe/Berlin", "2026-11-23T18:59", False),  # Monday 19:59
        ("Europe/Berlin", "2026-11-23T19:00", True),
        ("America/New_York", "2026-11-24T00:59", False),  # Monday 19:59 there
        ("America/New_York", "2026-11-24T01:00", True),
        ("Asia/Kathmandu", "2026-11-23T14:15", True),  # 45 minutes past the hour
        ("Asia/Kathmandu", "2026-11-23T14:14", False),
        ("Pacific/Kiritimati", "2026-11-23T06:00", True),  # 14 hours ahead
    ],
)
def test_the_local_time_counts(zone: str, utc: str, expected: bool):
    schedule = Schedule.model_validate({"timezone": zone, "windows": ["Mon 20:00-24:00"]})
    instant = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert is_armed(schedule, round(instant.timestamp() * 1e6)) == expected


def test_without_a_schedule_a_rule_is_always_armed():
    assert is_armed(None, 0)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([ArmingOverride(armed=False, from_us=0)], False),
        ([ArmingOverride(armed=False, from_us=0, until_us=10)], True),  # over
        ([ArmingOverride(armed=False, from_us=11)], True),  # yet to come
        ([ArmingOverride(armed=False, from_us=0), ArmingOverride(armed=True, from_us=5)], True),
        ([ArmingOverride(armed=False, from_us=0), ArmingOverride(armed=None, from_us=5)], True),  # the schedule again
    ],
)
def test_the_last_command_that_holds_counts(orders: list[ArmingOverride], expected: bool):
    assert is_armed(None, 10, orders) == expected


def test_a_command_arms_outside_of_the_schedule():
    never = Schedule.model_validate({"timezone": "UTC", "all_day": ["2000-01-01"]})

    assert is_armed(never, 10, [ArmingOverride(armed=True, from_us=0)])
