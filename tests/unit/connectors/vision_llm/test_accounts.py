"""What a client may spend, and what it counts."""

import pytest

from ommatid_connectors.vision_llm.accounts import Accounts, Reservation
from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.judgement import Failed, Judgement
from ommatid_connectors.vision_llm.outcomes import Answered, BudgetExhausted, Refused
from ommatid_connectors.vision_llm.statistics import RECENT_ATTEMPTS
from tests.unit.connectors.vision_llm.vision_settings import vision_settings

# The output of a frame is at most 300 tokens: 300 micros until the first answer is counted.
PRICED = vision_settings(budget=0.001, prices={"input": 0, "output": 1})
ANSWERED = Answered(("{}",))


def reserved(accounts: Accounts, frames: int = 1, now_s: float = 0.0) -> Reservation:
    reservation = accounts.reserve(frames, now_s)
    assert isinstance(reservation, Reservation)
    return reservation


def pay(accounts: Accounts, judgement: Judgement, frames: int = 1) -> None:
    accounts.settle(reserved(accounts, frames), judgement, 0.0)


def test_before_the_first_answer_the_length_limit_is_the_estimate():
    assert reserved(Accounts(PRICED), frames=2) == Reservation(2, 600)


def test_later_the_dearest_frame_is_the_estimate():
    accounts = Accounts(PRICED)
    pay(accounts, Judgement(ANSWERED, Tokens(0, 100), billed=True), frames=2)
    pay(accounts, Judgement(ANSWERED, Tokens(0, 20), billed=True), frames=1)

    assert reserved(accounts, frames=3) == Reservation(3, 150)


def test_when_the_money_is_spent_that_is_the_answer():
    accounts = Accounts(PRICED)
    pay(accounts, Judgement(ANSWERED, Tokens(0, 900), billed=True))

    refusal = accounts.reserve(1, 60.0)

    assert refusal == BudgetExhausted(
        "budget: expected room for about 0.0009, found 0.0009 of 0.0010 spent within 60 minutes"
    )
    assert isinstance(accounts.reserve(1, 3700.0), Reservation)


def test_a_senseless_count_of_tokens_ends_no_questions_for_good():
    accounts = Accounts(PRICED)
    pay(accounts, Judgement(ANSWERED, Tokens(0, 10**9), billed=True))

    assert isinstance(accounts.reserve(1, 3500.0), BudgetExhausted)
    assert accounts.reserve(1, 3700.0) == Reservation(1, 300)


def test_a_client_among_four_has_a_quarter_of_the_budget():
    accounts = Accounts(PRICED, share=0.25)

    assert isinstance(accounts.reserve(1, 0.0), BudgetExhausted)


def test_a_cancelled_request_costs_nothing():
    accounts = Accounts(PRICED)
    for _ in range(20):
        accounts.cancel(reserved(accounts, 3), 0.0)

    assert accounts.snapshot().spent_micros == 0


@pytest.mark.parametrize(("billed", "spent"), [(True, 300), (False, 0)])
def test_an_answer_that_was_lost_costs_the_estimate_if_it_may_be_billed(billed: bool, spent: int):
    accounts = Accounts(PRICED)
    pay(accounts, Judgement(Failed("gone"), billed=billed))

    assert accounts.snapshot().spent_micros == spent


def test_without_a_budget_everything_is_allowed_and_counted():
    accounts = Accounts(vision_settings(prices={"input": 1, "output": 2}))
    for _ in range(3):
        pay(accounts, Judgement(ANSWERED, Tokens(1000, 500), billed=True))
        accounts.count(ANSWERED)
    counted = accounts.snapshot()

    assert (counted.requests, counted.answered, counted.frames_answered) == (3, 3, 3)
    assert (counted.input_tokens, counted.output_tokens, counted.spent_micros) == (3000, 1500, 6000)


def test_the_error_rate_is_that_of_the_last_attempts():
    accounts = Accounts(vision_settings())
    assert accounts.snapshot().error_rate == 0
    for result in (ANSWERED, Refused("no"), Failed("no"), ANSWERED):
        pay(accounts, Judgement(result))
    assert accounts.snapshot().error_rate == 0.5
    for _ in range(RECENT_ATTEMPTS):
        pay(accounts, Judgement(ANSWERED, billed=True))
    assert accounts.snapshot().error_rate == 0
    assert accounts.snapshot().failed_requests == 2


def test_every_outcome_has_its_counter():
    accounts = Accounts(vision_settings())
    accounts.count(BudgetExhausted("spent"))
    accounts.count(Refused("no"))

    counted = accounts.snapshot()
    assert (counted.budget_exhausted, counted.refused, counted.answered) == (1, 1, 0)
