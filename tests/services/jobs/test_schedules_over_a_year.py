"""Schedules against the painted calendar of tests/wall_clocks.py, at every minute of a year: half a million a zone."""

from datetime import date

import numpy as np
import pytest

from tests.wall_clocks import DAY_MIN, DAYS, FIRST_MINUTE, LAST_MINUTE, ZONES, Calendar, Hours, Zone, differing_minutes

WINDOWS = (
    Hours(("Mon", "Tue", "Wed", "Thu", "Fri"), 20 * 60, 10 * 60),
    Hours(("Sat",), 0, DAY_MIN),
    Hours(("Sun",), 90, 60),  # in it, clocks are changed in most places
    Hours(("Sun",), 23 * 60 + 45, 30),  # in it, they are in Santiago
    Hours(("Wed",), 135, 30),
    Hours(DAYS, 12 * 60, 1),
)
EXCEPT = (date(2026, 3, 28), date(2026, 4, 4), date(2026, 5, 1), date(2026, 12, 24), date(2026, 12, 31))
ALL_DAY = (date(2026, 1, 1), date(2026, 6, 4), date(2026, 10, 4))


@pytest.mark.parametrize("zone", ZONES, ids=lambda zone: zone.name)
def test_a_schedule_is_right_at_every_minute_of_a_year(zone: Zone):
    minutes = np.arange(FIRST_MINUTE, LAST_MINUTE + 1)

    assert len(minutes) == 365 * DAY_MIN
    assert differing_minutes(Calendar(zone, WINDOWS, EXCEPT, ALL_DAY), minutes) == []
