from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.backoff import RetryPolicy, SlowRetry

draws = st.floats(0, 1, exclude_max=True)
failures = st.integers(1, 10_000)
jitters = st.builds(FullJitter, base_s=st.floats(0.01, 5), cap_s=st.floats(5, 300))

POLICY = RetryPolicy(FullJitter(base_s=0.5, cap_s=30.0), SlowRetry(period_s=60.0), steady_s=10.0)


def test_the_bound_doubles_with_each_failure_up_to_the_cap():
    jitter = FullJitter(base_s=0.5, cap_s=30.0)

    assert [jitter.bound_s(n) for n in range(1, 9)] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@given(jitter=jitters, row=failures, draw=draws)
def test_a_delay_lies_between_zero_and_its_bound(jitter: FullJitter, row: int, draw: float):
    assert 0 <= jitter.delay_s(row, draw) <= jitter.bound_s(row) <= jitter.cap_s


@given(jitter=jitters, row=failures)
def test_the_jitter_is_full(jitter: FullJitter, row: int):
    assert jitter.delay_s(row, 0.0) == 0.0
    assert jitter.delay_s(row, 0.5) == jitter.bound_s(row) / 2


@given(draw=draws)
def test_a_refused_password_is_tried_again_slowly_however_often_it_failed(draw: float):
    assert 45.0 <= POLICY.delay_s(1, draw, unauthorised=True) <= 75.0


def test_a_stream_that_lasted_ends_the_row_of_failures():
    assert POLICY.failures(before=7, streamed_s=10.0) == 1


def test_a_stream_that_broke_at_once_continues_the_row_of_failures():
    assert POLICY.failures(before=7, streamed_s=0.2) == 8
