from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_connectors.webhook import Accepted, Refused, Retriable
from ommatid_jobs.delivery.retry_decision import Acknowledged, DeliveryState, GiveUp, TryAgain, decide, honoured

SCHEDULE = RetrySchedule(first_bound_s=1.0, max_bound_s=8.0, give_up_after_s=60.0)
NEW = DeliveryState(first_due_at_us=1_000_000)
NOW_US = 2_000_000


def test_an_accepted_message_is_acknowledged() -> None:
    assert decide(NEW, Accepted(204), NOW_US, SCHEDULE, 0.5) == Acknowledged(DeliveryState(1_000_000, attempts=1))


def test_a_refused_message_is_given_up_at_once() -> None:
    decision = decide(NEW, Refused("answered 410"), NOW_US, SCHEDULE, 0.5)

    assert decision == GiveUp(DeliveryState(1_000_000, attempts=1), "answered 410")


def test_a_failed_attempt_is_repeated_after_a_drawn_wait() -> None:
    decision = decide(NEW, Retriable("answered 503"), NOW_US, SCHEDULE, 0.5)

    assert decision == TryAgain(DeliveryState(1_000_000, attempts=1), 0.5, "answered 503")


def test_the_endpoint_may_ask_for_a_longer_wait() -> None:
    decision = decide(NEW, Retriable("answered 429", retry_after_s=30.0), NOW_US, SCHEDULE, 0.5)

    assert isinstance(decision, TryAgain)
    assert decision.wait_s == 30.0


def test_the_wait_that_an_endpoint_asks_for_is_bounded() -> None:
    bounded = RetrySchedule(retry_after_max_s=60.0)

    assert honoured(Retriable("answered 503", 1e9), bounded) == Retriable("answered 503", 60.0)
    assert honoured(Retriable("answered 503"), bounded) == Retriable("answered 503")


def test_a_message_is_given_up_when_its_time_is_over() -> None:
    state = DeliveryState(first_due_at_us=0, attempts=7)

    decision = decide(state, Retriable("answered 503"), 60_000_000, SCHEDULE, 1.0)

    assert decision == GiveUp(DeliveryState(0, attempts=8), "answered 503; given up after 8 attempts in 60 s")


@given(draws=st.lists(st.floats(0.001, 1.0), min_size=1), attempt_us=st.integers(0, 5_000_000))
def test_an_endpoint_that_never_answers_is_given_up_in_bounded_time(draws: list[float], attempt_us: int) -> None:
    """Whatever is drawn, attempts end, and none is planned to start after the schedule's end."""
    late_us = 1000  # how much later than planned each attempt starts
    state, now_us, turn = DeliveryState(first_due_at_us=0), 0, 0
    while True:
        started_at_us = now_us
        now_us += attempt_us
        decision = decide(state, Retriable("no answer"), now_us, SCHEDULE, draws[turn % len(draws)])
        assert started_at_us <= SCHEDULE.give_up_after_s * 1e6 + late_us
        if not isinstance(decision, TryAgain):
            break
        state, now_us, turn = decision.state, now_us + int(decision.wait_s * 1e6) + late_us, turn + 1

    assert isinstance(decision, GiveUp)
