import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_connectors.vision_llm.retry_decision import Failures, RetryPolicy, is_retriable, next_wait_s

POLICY = RetryPolicy(RetrySchedule(first_bound_s=1, max_bound_s=8, give_up_after_s=60), max_attempts=4, max_malformed=2)


@given(st.integers(1, 3), st.floats(0, 1))
def test_waits_are_drawn_below_a_bound_that_doubles(attempts: int, draw: float):
    wait_s = next_wait_s(POLICY, Failures(attempts), 0.0, draw)

    assert wait_s is not None
    assert 0 <= wait_s <= 2.0 ** (attempts - 1)


def test_the_server_may_ask_for_a_longer_wait():
    assert next_wait_s(POLICY, Failures(1), 0.0, 0.5, retry_after_s=20) == 20


@pytest.mark.parametrize(
    ("failures", "waited_s", "retry_after_s"),
    [(Failures(4), 0, None), (Failures(2, malformed=2), 0, None), (Failures(1), 59.9, None), (Failures(1), 0, 61)],
)
def test_there_is_an_end(failures: Failures, waited_s: float, retry_after_s: float | None):
    assert next_wait_s(POLICY, failures, waited_s, 1.0, retry_after_s) is None


def test_malformed_answers_are_counted_apart():
    assert Failures().after_error().after_malformed() == Failures(attempts=2, malformed=1)


@pytest.mark.parametrize(("status", "expected"), [(429, True), (503, True), (400, False), (401, False), (302, False)])
def test_a_status_says_whether_to_ask_again(status: int, *, expected: bool):
    assert is_retriable(status) is expected
