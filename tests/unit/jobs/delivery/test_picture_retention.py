from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.object_store import StoredObject
from ommatid_jobs.delivery.picture_retention import PictureRetention, picture_key

DAY_US = 86_400_000_000
THIRTY_DAYS = PictureRetention(30 * 86_400.0)
times_us = st.integers(366 * DAY_US, 47_000 * DAY_US)


def us(text: str) -> int:
    return round(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1e6)


def expired(key: str, now: str, stored: str = "2026-09-01T00:00:00") -> bool:
    return THIRTY_DAYS.has_expired(StoredObject(key, us(stored)), us(now))


def test_a_key_names_the_day_on_which_the_picture_was_taken() -> None:
    key = picture_key("eu-west", "hall/1", "a b.jpg", us("2026-09-21T23:59:59"))

    assert key == "eu-west/2026-09-21/hall%2F1/a%20b.jpg"


@given(taken_us=times_us, kept=st.integers(1, 400), after_us=st.integers(0, 800 * DAY_US))
def test_a_picture_is_kept_for_its_time_and_a_day_longer_at_most(taken_us: int, kept: int, after_us: int) -> None:
    """Against the plain reading of the rule: nothing goes early, and nothing stays."""
    retention = PictureRetention(kept * 86_400.0)
    key = picture_key("eu-west", "lobby-1", "a.jpg", taken_us)
    gone = retention.has_expired(StoredObject(key, taken_us), taken_us + after_us)

    assert not (gone and after_us < kept * DAY_US)
    assert gone or after_us < (kept + 1) * DAY_US
    assert retention.may_hold_expired(key.split("/")[1], taken_us + after_us) == gone


def test_the_day_of_a_picture_counts_and_not_when_it_was_written() -> None:
    assert expired("eu-west/2026-07-01/lobby-1/a.jpg", now="2026-09-01T00:00:01", stored="2026-09-01T00:00:00")


@pytest.mark.parametrize(("now", "gone"), [("2026-09-30T23:59:59", False), ("2026-10-01T00:00:00", True)])
def test_a_picture_of_an_earlier_release_goes_by_the_time_it_was_stored(now: str, gone: bool) -> None:
    assert expired("eu-west/lobby-1/a.jpg", now) is gone


def test_a_camera_that_is_called_like_a_day_keeps_what_an_earlier_release_stored() -> None:
    assert not expired("eu-west/2020-01-01/a.jpg", now="2026-09-02T00:00:00")


@pytest.mark.parametrize(
    "key",
    [
        "eu-west/2026-01-01/lobby-1/notes.txt",
        "eu-west/2026-01-01/lobby-1/more/a.jpg",
        "eu-west/a.jpg",
        "eu-west/lobby-1/.jpg.d/a",
    ],
)
def test_what_is_no_picture_of_ours_is_left_alone(key: str) -> None:
    assert not expired(key, now="2030-01-01T00:00:00")


def test_what_a_killed_process_left_unfinished_goes_too() -> None:
    assert expired("eu-west/2026-01-01/lobby-1/.a.jpg.k2_x8z", now="2026-09-01T00:00:00")


@pytest.mark.parametrize("folder", ["lobby-1", "2026-13-41", "20260101"])
def test_a_folder_that_is_no_day_is_looked_into(folder: str) -> None:
    assert THIRTY_DAYS.may_hold_expired(folder, us("2026-09-01T00:00:00"))


def test_a_day_that_never_ends_is_no_fault() -> None:
    assert not THIRTY_DAYS.may_hold_expired("9999-12-31", us("2026-09-01T00:00:00"))


def test_days_are_those_of_utc() -> None:
    local = datetime.fromisoformat("2026-09-21T23:30:00-05:00")

    key = picture_key("eu-west", "lobby-1", "a.jpg", round(local.timestamp() * 1e6))

    assert key.split("/")[1] == (local.astimezone(UTC) + timedelta()).date().isoformat() == "2026-09-22"
