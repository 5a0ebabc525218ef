"""Schedules against an oracle that knows the daylight saving rule of the EU by itself and walks through the minutes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.fleet_file import Schedule

MINUTE = timedelta(minutes=1)
NIGHTS = Schedule.model_validate(
    {
        "timezone": "Europe/Berlin",
        "windows": ["Mon-Fri 20:00-06:00", "Sat-Sun 00:00-24:00", "Sun 01:30-02:30", "Wed 02:15-02:45"],
        "except": ["2026-12-24", "2026-03-28", "2026-05-01"],
        "all_day": ["2026-01-01", "2026-06-04"],
    }
)


HOUR = 60 * MINUTE
START = datetime(2026, 1, 1, tzinfo=UTC)
TO_SUMMER, TO_WINTER = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)


def wall_clock(utc: datetime) -> datetime:
    """Berlin's, in 2026."""
    return (utc + (2 * HOUR if TO_SUMMER <= utc < TO_WINTER else HOUR)).replace(tzinfo=None)


def armed_wall_minutes() -> Iterator[datetime]:
    """Every wall-clock minute of the year that NIGHTS arms, written down day by day."""
    for number in range(-1, 366):
        midnight = datetime(2026, 1, 1) + timedelta(days=number)  # noqa: DTZ001 - a wall clock has no offset
        weekday, day = midnight.strftime("%a"), midnight.date().isoformat()
        hours: list[tuple[float, float]] = []
        if day not in {"2026-12-24", "2026-03-28", "2026-05-01"}:
            hours += [(20, 30)] if weekday in {"Mon", "Tue", "Wed", "Thu", "Fri"} else [(0, 24)]
            hours += [(1.5, 2.5)] if weekday == "Sun" else []
            hours += [(2.25, 2.75)] if weekday == "Wed" else []
        hours += [(0, 24)] if day in {"2026-01-01", "2026-06-04"} else []
        for begin, end in hours:
            yield from (midnight + minute * MINUTE for minute in range(round(begin * 60), round(end * 60)))


def minutes_to_check() -> Iterator[datetime]:
    """Every minute of the days around a change of the clocks, every seventh of the rest of the year."""
    for minute in range(364 * 24 * 60):
        if minute % 7 == 0 or min(abs(minute - (change - START) // MINUTE) for change in (TO_SUMMER, TO_WINTER)) < 2880:
            yield START + minute * MINUTE


def test_a_year_agrees_with_a_walk_through_its_minutes():
    armed = set(armed_wall_minutes())
    differing = [
        utc
        for utc in minutes_to_check()
        if is_armed(NIGHTS, round(utc.timestamp()) * 1_000_000) != (wall_clock(utc) in armed)
    ]

    assert differing == []


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
