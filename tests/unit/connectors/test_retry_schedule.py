from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.retry_schedule import RetrySchedule, parse_retry_after

NOW_S = 1_790_000_000.0

schedules = st.builds(
    RetrySchedule,
    first_bound_s=st.floats(0.01, 10.0),
    max_bound_s=st.floats(10.0, 600.0),
    give_up_after_s=st.floats(0.0, 1e5),
)


@given(schedule=schedules, attempts=st.integers(1, 10_000), draw=st.floats(0.0, 1.0))
def test_a_wait_lies_between_zero_and_its_bound(schedule: RetrySchedule, attempts: int, draw: float) -> None:
    """Full jitter: anywhere below the doubling bound, never above the largest one."""
    wait_s = schedule.wait_s(attempts, waited_s=0.0, draw=draw)

    assert wait_s is None or 0.0 <= wait_s <= schedule.bound_s(attempts) <= schedule.max_bound_s


@given(schedule=schedules, attempts=st.integers(1, 10_000))
def test_bounds_never_shrink(schedule: RetrySchedule, attempts: int) -> None:
    assert schedule.bound_s(attempts) <= schedule.bound_s(attempts + 1)


@given(
    schedule=schedules,
    attempts=st.integers(1, 100),
    waited_s=st.floats(0.0, 1e5),
    draw=st.floats(0.0, 1.0),
    retry_after_s=st.none() | st.floats(0.0, 1e5),
)
def test_no_attempt_starts_after_the_end_or_before_the_endpoint_allows(
    schedule: RetrySchedule, attempts: int, waited_s: float, draw: float, retry_after_s: float | None
) -> None:
    wait_s = schedule.wait_s(attempts, waited_s, draw, retry_after_s)

    assert wait_s is None or (
        waited_s + wait_s <= schedule.give_up_after_s
        and wait_s >= min(retry_after_s or 0.0, schedule.retry_after_max_s)
    )


def test_the_bound_doubles_until_the_largest() -> None:
    schedule = RetrySchedule(first_bound_s=1.0, max_bound_s=6.0)

    assert [schedule.bound_s(attempts) for attempts in (1, 2, 3, 4, 5)] == [1.0, 2.0, 4.0, 6.0, 6.0]


def test_a_retry_after_is_honoured_up_to_a_bound() -> None:
    schedule = RetrySchedule(give_up_after_s=1e6, retry_after_max_s=600.0)

    assert [schedule.wait_s(1, 0.0, 0.0, asked_s) for asked_s in (30.0, 86_400.0)] == [30.0, 600.0]


def test_retry_after_in_seconds() -> None:
    assert parse_retry_after(" 120 ", NOW_S) == 120.0


def test_retry_after_as_a_date() -> None:
    assert parse_retry_after("Mon, 21 Sep 2026 14:14:20 GMT", NOW_S) == 60.0


def test_a_date_in_the_past_asks_for_no_wait() -> None:
    assert parse_retry_after("Mon, 21 Sep 2020 14:14:20 GMT", NOW_S) == 0.0


@given(value=st.none() | st.text())
def test_any_other_header_is_ignored_or_a_wait(value: str | None) -> None:
    """Whatever an endpoint sends, the answer is None or a wait of at least zero."""
    wait_s = parse_retry_after(value, NOW_S)

    assert wait_s is None or wait_s >= 0.0
