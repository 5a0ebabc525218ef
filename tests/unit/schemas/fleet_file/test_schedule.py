import pytest
from pydantic import ValidationError

from ommatid_schemas.fleet_file import Schedule


def schedule(window: str = "Mon 08:00-09:00", changes: dict[str, object] | None = None) -> Schedule:
    return Schedule.model_validate({"timezone": "Europe/Berlin", "windows": [window], **(changes or {})})


@pytest.mark.parametrize(
    ("text", "weekdays", "start_min", "end_min"),
    [
        ("Mon 08:00-09:30", (0,), 480, 570),
        ("Mon-Fri 20:00-06:00", (0, 1, 2, 3, 4), 1200, 1800),
        ("Sat,Sun 00:00-24:00", (5, 6), 0, 1440),
        ("Fri-Mon 22:00-00:00", (0, 4, 5, 6), 1320, 1440),
        ("Mon,Wed-Thu 06:00-05:59", (0, 2, 3), 360, 1799),
    ],
)
def test_a_window_is_days_and_hours(text: str, weekdays: tuple[int, ...], start_min: int, end_min: int):
    (window,) = schedule(text).windows

    assert (window.weekdays, window.start_min, window.end_min) == (weekdays, start_min, end_min)


@pytest.mark.parametrize(
    "text",
    [
        "20:00-06:00",
        "Mon 8:00-9:00",
        "Mon 08:00-24:01",
        "Mon 08:60-09:00",
        "Mon 08:00-08:00",
        "Mon-Tue-Wed 08:00-09:00",
    ],
)
def test_what_is_no_window_is_refused(text: str):
    with pytest.raises(ValidationError, match="expected"):
        schedule(text)


def test_an_unknown_time_zone_is_refused_with_the_closest_one():
    with pytest.raises(ValidationError, match="found 'Europe/Berln'; did you mean 'Europe/Berlin'"):
        schedule(changes={"timezone": "Europe/Berln"})


def test_a_schedule_that_never_arms_is_refused():
    with pytest.raises(ValidationError, match="the rule would never be armed"):
        Schedule.model_validate({"timezone": "Europe/Berlin"})


def test_a_date_cannot_be_an_exception_and_armed_all_day():
    with pytest.raises(ValidationError, match="found 2026-12-24 under both"):
        schedule(changes={"except": ["2026-12-24"], "all_day": ["2026-12-24"]})


def test_a_schedule_survives_json():
    nights = schedule("Mon-Fri 20:00-06:00", {"except": ["2026-12-24"]})

    assert Schedule.model_validate_json(nights.model_dump_json()) == nights
