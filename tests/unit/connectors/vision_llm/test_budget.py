"""Money in any 60 minutes, found out about only after it is spent."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.vision_llm.budget import WINDOW_S, Budget, BudgetState, reserve, settle, spent_micros
from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.prices import cost_micros
from ommatid_schemas.fleet_file import Prices

BUDGET = Budget(1000)


@dataclass(frozen=True, slots=True)
class Request:
    """``gap_s`` after the one before, running for ``lasts_s``, costing ``share`` of what was estimated."""

    gap_s: float
    lasts_s: float
    estimate: int
    share: float


requests = st.lists(
    st.builds(Request, st.floats(0, 1200), st.floats(0, 300), st.integers(0, 1200), st.floats(0, 1)), max_size=40
)


def spend(each: list[Request]) -> tuple[list[tuple[float, int]], BudgetState]:
    """When money was spent, and how much, with all requests that the budget allows, several at once."""
    state, now_s = BudgetState(), 0.0
    running: list[tuple[float, int, int]] = []
    booked: list[tuple[float, int]] = []
    for request in [*each, Request(10_000, 0, 0, 0)]:
        now_s += request.gap_s
        for ended_s, estimate, actual in sorted(it for it in running if it[0] <= now_s):
            state = settle(state, estimate, actual, ended_s)
            booked.append((ended_s, actual))
        running = [it for it in running if it[0] > now_s]
        state, allowed = reserve(BUDGET, state, request.estimate, now_s)
        if allowed:
            running.append((now_s + request.lasts_s, request.estimate, int(request.estimate * request.share)))
    return booked, state


@given(requests)
def test_no_sixty_minutes_cost_more_than_the_budget(each: list[Request]):
    booked, _ = spend(each)

    for end_s, _ in booked:
        assert sum(micros for at_s, micros in booked if end_s - WINDOW_S < at_s <= end_s) <= BUDGET.per_hour_micros


@given(requests)
def test_an_hour_later_the_budget_is_whole_again(each: list[Request]):
    _, state = spend(each)
    later_s = 1e6

    assert spent_micros(state, later_s) == 0
    assert state.reserved_micros == 0
    assert reserve(BUDGET, state, BUDGET.per_hour_micros, later_s)[1]


@given(requests)
def test_the_state_stays_small(each: list[Request]):
    assert len(spend(each)[1].slices) <= 62


@given(requests)
def test_what_is_refused_would_not_have_fitted(each: list[Request]):
    state, now_s = BudgetState(), 0.0
    for request in each:
        now_s += request.gap_s
        before = spent_micros(state, now_s) + state.reserved_micros
        state, allowed = reserve(BUDGET, state, request.estimate, now_s)
        assert allowed is (before + request.estimate <= BUDGET.per_hour_micros)
        if allowed:
            state = settle(state, request.estimate, request.estimate, now_s)


def test_a_reservation_counts_until_it_is_settled():
    state, first = reserve(BUDGET, BudgetState(), 600, 0.0)
    state, second = reserve(BUDGET, state, 600, 1.0)
    state = settle(state, 600, 100, 2.0)
    state, third = reserve(BUDGET, state, 600, 3.0)

    assert (first, second, third) == (True, False, True)


def test_a_price_per_million_tokens_is_one_of_micros_per_token():
    prices = Prices(input=0.15, output=0.6)

    assert cost_micros(prices, Tokens(input=1_000_000, output=1_000_000)) == 750_000
    assert cost_micros(prices, Tokens(input=1, output=0)) == 1
    assert cost_micros(None, Tokens(10**6, 10**6)) == 0
