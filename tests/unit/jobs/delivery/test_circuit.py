from ommatid_connectors.retry_schedule import FullJitter
from ommatid_connectors.webhook import Accepted, Outcome, Refused, Retriable
from ommatid_jobs.delivery.circuit import Circuit, CircuitPolicy

POLICY = CircuitPolicy(failures=3, open=FullJitter(10.0, 60.0))


def after(*outcomes: Outcome, now_s: float = 100.0) -> Circuit:
    circuit = Circuit()
    for outcome in outcomes:
        circuit = circuit.after(outcome, now_s, 1.0, POLICY)
    return circuit


def test_failures_in_a_row_open_it() -> None:
    assert after(*[Retriable("no answer")] * 2).admits(100.0, 0, POLICY)
    assert not after(*[Retriable("no answer")] * 3).admits(109.9, 0, POLICY)


def test_a_success_or_a_refusal_between_them_shows_that_the_endpoint_is_alive() -> None:
    for answer in (Accepted(200), Refused("answered 400")):
        assert not after(*[Retriable("no answer")] * 2, answer, Retriable("no answer")).tripped(POLICY)


def test_after_a_while_one_attempt_at_a_time_decides() -> None:
    circuit = after(*[Retriable("no answer")] * 3)

    assert circuit.admits(110.0, 0, POLICY)
    assert not circuit.admits(110.0, 1, POLICY)


def test_it_stays_open_longer_each_time_up_to_a_bound() -> None:
    waits_s = [after(*[Retriable("no answer")] * failures).closed_to_s - 100.0 for failures in range(3, 8)]

    assert waits_s == [10.0, 20.0, 40.0, 60.0, 60.0]


def test_an_endpoint_that_asks_for_a_wait_is_left_alone_for_all_alerts() -> None:
    circuit = after(Retriable("answered 429", retry_after_s=30.0))

    assert not circuit.admits(129.9, 0, POLICY)
    assert circuit.admits(130.0, 0, POLICY)
