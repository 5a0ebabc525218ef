import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.vision_llm.rate_limit import RateLimit, RateState, take_turn
from tests.strategies import gaps_s, rate_limits


def starts_s(limit: RateLimit, gaps: list[float], longest_wait_s: float) -> list[float]:
    state, now_s, starts = RateState(), 0.0, list[float]()
    for gap_s in gaps:
        now_s += gap_s
        state, wait_s = take_turn(limit, state, now_s, longest_wait_s)
        if wait_s is not None:
            starts.append(now_s + wait_s)
    return starts


@given(rate_limits, gaps_s)
def test_no_span_of_time_has_more_starts_than_burst_and_rate_allow(limit: RateLimit, gaps: list[float]):
    starts = starts_s(limit, gaps, longest_wait_s=1e9)

    for first, start_s in enumerate(starts):
        for last, end_s in enumerate(starts[first:], first):
            assert last - first + 1 <= limit.burst + limit.per_s * (end_s - start_s) + 1e-6


@given(rate_limits, gaps_s, st.floats(0, 10))
def test_nobody_waits_longer_than_allowed(limit: RateLimit, gaps: list[float], longest_wait_s: float):
    state, now_s = RateState(), 0.0
    for gap_s in gaps:
        now_s += gap_s
        before = state
        state, wait_s = take_turn(limit, state, now_s, longest_wait_s)
        assert state == before if wait_s is None else 0 <= wait_s <= longest_wait_s


@given(rate_limits)
def test_after_a_pause_a_whole_burst_starts_at_once(limit: RateLimit):
    assert starts_s(limit, [0.0] * limit.burst, longest_wait_s=1e-6) == pytest.approx([0.0] * limit.burst)


def test_beyond_the_burst_turns_are_an_interval_apart():
    assert starts_s(RateLimit(per_s=2, burst=2), [0.0] * 4, longest_wait_s=10) == [0.0, 0.0, 0.5, 1.0]
