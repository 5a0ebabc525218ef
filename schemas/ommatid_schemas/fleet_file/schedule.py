"""When a rule is armed: windows of the local week, and dates that differ."""

import re
from datetime import date
from difflib import get_close_matches
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_DAY = 24 * 60

_DAY = "|".join(DAYS)
_WINDOW = re.compile(rf"((?:{_DAY})(?:[-,](?:{_DAY}))*)\s+(\d\d):(\d\d)-(\d\d):(\d\d)")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = get_close_matches(name, available_timezones(), n=1)
        advice = f"; did you mean {close[0]!r}?" if close else ""
        raise ValueError(f"expected a time zone such as Europe/Berlin, found {name!r}{advice}") from None
    return name


Timezone = Annotated[str, AfterValidator(_known_zone)]


class Window(BaseModel):
    """Hours of some weekdays, as text: ``Mon-Fri 20:00-06:00``, ``Sat,Sun 00:00-24:00``.

    Attributes:
        weekdays: Days on which it begins, 0 is Monday.
        start_min: Wall-clock minute of the day at which it begins.
        end_min: Minute at which it is over, counted from the same midnight: above 1440 on the next day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekdays: tuple[int, ...]
    start_min: int = Field(ge=0, lt=MINUTES_A_DAY)
    end_min: int = Field(gt=0, le=2 * MINUTES_A_DAY)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        match = _WINDOW.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected days and hours such as Mon-Fri 20:00-06:00 or Sat,Sun 00:00-24:00")
        start, end = _minute(match[2], match[3]), _minute(match[4], match[5])
        if start in {MINUTES_A_DAY, end}:
            raise ValueError(f"expected a window that begins before 24:00 and has a length, found {value!r}")
        return {
            "weekdays": tuple(sorted(_weekdays(match[1]))),
            "start_min": start,
            "end_min": end if end > start else end + MINUTES_A_DAY,
        }


class Schedule(BaseModel):
    """When a rule is armed, by the clock on the wall where its cameras are.

    A window belongs to the day on which it begins. When clocks are put forward, the minutes that are left out arm
    nothing; when they are put back, the minutes that come twice count twice.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)

    timezone: Timezone = Field(description="IANA name, such as Europe/Berlin")
    windows: tuple[Window, ...] = Field(
        default=(), description="days and hours, such as Mon-Fri 20:00-06:00; the end may be on the next day"
    )
    except_dates: tuple[date, ...] = Field(
        default=(), alias="except", description="dates on which no window begins, such as 2026-12-24"
    )
    all_day: tuple[date, ...] = Field(default=(), description="dates that are armed from 00:00 to 24:00")

    @model_validator(mode="after")
    def _can_arm(self) -> "Schedule":
        if not self.windows and not self.all_day:
            raise ValueError("expected windows or all_day, found neither: the rule would never be armed")
        both = sorted(set(self.except_dates).intersection(self.all_day))
        if both:
            raise ValueError(f"expected a date under except or under all_day, found {both[0]} under both")
        return self


def _minute(hours: str, minutes: str) -> int:
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) >= 60 or minute > MINUTES_A_DAY:
        raise ValueError(f"expected a time from 00:00 to 24:00, found {hours}:{minutes}")
    return minute


def _weekdays(text: str) -> set[int]:
    """Days of ``Mon``, ``Mon-Fri``, ``Sat,Sun`` and ``Fri-Mon``."""
    days: set[int] = set()
    for part in text.split(","):
        first, *more = (DAYS.index(day) for day in part.split("-"))
        if len(more) > 1:
            raise ValueError(f"expected a range of two days, found {part!r}")
        last = more[0] if more else first
        days.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return days
