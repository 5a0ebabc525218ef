"""An oracle for schedules: paints every wall-clock minute that a schedule arms, and knows time zones by itself.

It shares nothing with what it checks: neither the time zone database (the changes of 2026 are written down below, from
the laws of each place) nor the way to look at an instant (it paints a calendar, one row for each window and day).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.fleet_file import Schedule

YEAR = 2026
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY_MIN = 24 * 60

Minutes: TypeAlias = npt.NDArray[np.int64]
"""Minutes since the Unix epoch, (n,) int64; UTC unless said otherwise."""

Armed: TypeAlias = npt.NDArray[np.bool_]
"""Whether a schedule is armed, (n,) bool."""


def _minute(text: str) -> int:
    return int(np.datetime64(text, "m").astype(np.int64))


FIRST_MINUTE, LAST_MINUTE = _minute(f"{YEAR}-01-01T00:00"), _minute(f"{YEAR + 1}-01-01T00:00") - 1


@dataclass(frozen=True, slots=True)
class Zone:
    """A place's clock in 2026.

    Attributes:
        name: IANA name.
        offset_min: Distance to UTC on 1 January, minutes, east is positive.
        changes: Instants in UTC, ``MM-DDTHH:MM``, and the distance from then on.
    """

    name: str
    offset_min: int
    changes: tuple[tuple[str, int], ...] = ()

    def change_minutes(self) -> Minutes:
        """When its clocks are changed."""
        return np.array([_minute(f"{YEAR}-{at}") for at, _ in self.changes], dtype=np.int64)

    def wall_minutes(self, utc: Minutes) -> Minutes:
        """What the clock on the wall shows, as minutes since its own 1 January 1970."""
        offsets = np.array([self.offset_min, *(offset for _, offset in self.changes)])
        return utc + offsets[np.searchsorted(self.change_minutes(), utc, side="right")]


ZONES = (
    Zone("Europe/Berlin", 60, (("03-29T01:00", 120), ("10-25T01:00", 60))),
    Zone("America/New_York", -300, (("03-08T07:00", -240), ("11-01T06:00", -300))),
    Zone("America/St_Johns", -210, (("03-08T05:30", -150), ("11-01T04:30", -210))),  # half an hour off
    Zone("America/Santiago", -180, (("04-05T03:00", -240), ("09-06T04:00", -180))),  # at midnight
    Zone("Australia/Sydney", 660, (("04-04T16:00", 600), ("10-03T16:00", 660))),
    Zone("Australia/Lord_Howe", 660, (("04-04T15:00", 630), ("10-03T15:30", 660))),  # by half an hour
    Zone("Asia/Kathmandu", 345),
    Zone("Pacific/Kiritimati", 840),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """A window: ``days`` by name, ``start_min`` from their midnight, and its length in minutes, a day at most."""

    days: tuple[str, ...]
    start_min: int
    length_min: int

    def as_text(self) -> str:
        """As a fleet file has it."""
        end_min = self.start_min + self.length_min
        end = end_min if end_min <= DAY_MIN else end_min - DAY_MIN
        return f"{','.join(self.days)} {_clock(self.start_min)}-{_clock(end)}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """A schedule, and what it must give."""

    zone: Zone
    windows: tuple[Hours, ...]
    except_dates: tuple[date, ...] = ()
    all_day: tuple[date, ...] = ()

    def schedule(self) -> Schedule:
        """As a fleet file has it."""
        return Schedule.model_validate(
            {
                "timezone": self.zone.name,
                "windows": [window.as_text() for window in self.windows],
                "except": list(self.except_dates),
                "all_day": list(self.all_day),
            }
        )

    def armed(self, utc: Minutes) -> Armed:
        """What the schedule must say at minutes of 2026."""
        first, painted = self._painted()
        return painted[self.zone.wall_minutes(utc) - first]

    def _painted(self) -> tuple[int, Armed]:
        """Minute of the first, and every wall-clock minute of the year with two days around it."""
        midnights = [date(YEAR - 1, 12, 29) + timedelta(days=number) for number in range(372)]
        first = _minute(midnights[0].isoformat())
        painted = np.zeros(len(midnights) * DAY_MIN, dtype=bool)
        for number, day in enumerate(midnights):
            for start_min, length_min in self._hours_of(day):
                painted[number * DAY_MIN + start_min :][:length_min] = True
        return first, painted

    def _hours_of(self, day: date) -> Sequence[tuple[int, int]]:
        hours = [(it.start_min, it.length_min) for it in self.windows if DAYS[day.weekday()] in it.days]
        begins = [] if day in self.except_dates else hours
        return [*begins, (0, DAY_MIN)] if day in self.all_day else begins


def differing_minutes(calendar: Calendar, utc: Minutes) -> list[str]:
    """The minutes of 2026 at which ``is_armed`` says something else than a calendar, UTC as ISO 8601."""
    schedule = calendar.schedule()
    said = np.fromiter((is_armed(schedule, minute * 60_000_000) for minute in utc.tolist()), bool, len(utc))
    return [str(np.datetime64(int(minute), "m")) for minute in utc[said != calendar.armed(utc)]]


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
