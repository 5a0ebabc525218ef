"""Money in any 60 minutes, found out about only after it is spent."""

from hypothesis import given

from ommatid_connectors.vision_llm.budget import WINDOW_S, Budget, BudgetState, reserve, settle, spent_micros
from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.prices import cost_micros
from ommatid_schemas.fleet_file import Prices
from tests.strategies import priced_requests

BUDGET = Budget(1000)


Requests = list[tuple[float, float, int, float]]


def spend(each: Requests) -> tuple[list[tuple[float, int]], BudgetState]:
    """When money was spent, and how much, with all requests that the budget allows, several at once."""
    state, now_s = BudgetState(), 0.0
    running: list[tuple[float, int, int]] = []
    booked: list[tuple[float, int]] = []
    for gap_s, lasts_s, estimated, share in [*each, (10_000, 0, 0, 0)]:
        now_s += gap_s
        for ended_s, estimate, actual in sorted(it for it in running if it[0] <= now_s):
            state = settle(state, estimate, actual, ended_s)
            booked.append((ended_s, actual))
        running = [it for it in running if it[0] > now_s]
        state, allowed = reserve(BUDGET, state, estimated, now_s)
        if allowed:
            running.append((now_s + lasts_s, estimated, int(estimated * share)))
    return booked, state


@given(priced_requests)
def test_no_sixty_minutes_cost_more_than_the_budget(each: Requests):
    booked, _ = spend(each)

    for end_s, _ in booked:
        assert sum(micros for at_s, micros in booked if end_s - WINDOW_S < at_s <= end_s) <= BUDGET.per_hour_micros


@given(priced_requests)
def test_an_hour_later_the_budget_is_whole_again(each: Requests):
    _, state = spend(each)
    later_s = 1e6

    assert spent_micros(state, later_s) == 0
    assert state.reserved_micros == 0
    assert reserve(BUDGET, state, BUDGET.per_hour_micros, later_s)[1]


@given(priced_requests)
def test_the_state_stays_small(each: Requests):
    assert len(spend(each)[1].slices) <= 62


@given(priced_requests)
def test_what_is_refused_would_not_have_fitted(each: Requests):
    state, now_s = BudgetState(), 0.0
    for gap_s, _, estimated, _ in each:
        now_s += gap_s
        before = spent_micros(state, now_s) + state.reserved_micros
        state, allowed = reserve(BUDGET, state, estimated, now_s)
        assert allowed is (before + estimated <= BUDGET.per_hour_micros)
        if allowed:
            state = settle(state, estimated, estimated, now_s)


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
