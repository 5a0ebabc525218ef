import queue
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from ommatid_connectors.kafka import Record
from ommatid_connectors.retry_schedule import FullJitter, RetrySchedule
from ommatid_connectors.webhook import Accepted, Outcome, Refused, Retriable
from ommatid_jobs.delivery import InMemoryRecorder, Ledger, LedgerState, Snapshot
from ommatid_jobs.delivery.circuit import CircuitPolicy
from ommatid_jobs.delivery.dead_letters import InMemoryDeadLetters
from ommatid_jobs.delivery.endpoint_worker import EndpointWorker, Post
from ommatid_jobs.delivery.errand import Done, Errand
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.pending_snapshot import PendingSnapshot
from ommatid_jobs.delivery.surroundings import Surroundings
from ommatid_schemas import Alert
from tests.unit.jobs.delivery.sample_alert import ALERT

RECORD = Record("omm.alerts.eu-west", 0, 3, b"lobby-1", b"alert", 1000, {})
ERRAND = Errand(RECORD, ALERT, PendingSnapshot(Snapshot(error="no frame")), ALERT.raised_at_us)
DONE = Done(RECORD.position, "soc")


@dataclass(frozen=True)
class Bench:
    """What one worker needs, on a ledger of its own; the clock stands still."""

    shared: Surroundings
    letters: InMemoryDeadLetters
    done: "queue.Queue[Done]"
    stop: threading.Event
    registry: CollectorRegistry
    recorder: InMemoryRecorder
    sent: list[Snapshot] = field(default_factory=list[Snapshot])

    @contextmanager
    def working(self, *outcomes: Outcome | Exception, capacity: int = 1) -> Generator[EndpointWorker]:
        worker = EndpointWorker("soc", [scripted(self.sent, *outcomes)], self.shared, capacity)
        worker.start()
        try:
            yield worker
        finally:
            self.stop.set()
            worker.join(5.0)

    def count(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def scripted(sent: list[Snapshot], *outcomes: Outcome | Exception) -> Post:
    script = list(outcomes)

    def post(alert: Alert, snapshot: Snapshot, sent_at_us: int) -> Outcome:
        sent.append(snapshot)
        outcome = script.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return post


@pytest.fixture
def bench(tmp_path: Path) -> Generator[Bench]:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    letters, done, stop, registry = InMemoryDeadLetters(), queue.Queue[Done](), threading.Event(), CollectorRegistry()
    recorder = InMemoryRecorder()
    schedule = RetrySchedule(first_bound_s=0.001, max_bound_s=0.001, give_up_after_s=60.0)
    shared = Surroundings(
        ledger=ledger,
        dead_letters=letters,
        metrics=DeliveryMetrics(registry),
        schedule=schedule,
        done=done.put,
        stop=stop,
        now_us=lambda: ALERT.raised_at_us + 500_000,
        snapshot_wait_s=0.01,
        dead_letter_retry_s=0.001,
        recorder=recorder,
    )
    yield Bench(shared, letters, done, stop, registry, recorder)
    ledger.close()


def test_an_alert_is_done_once_it_is_accepted(bench: Bench) -> None:
    with bench.working(Retriable("answered 503"), Accepted(200)) as worker:
        worker.offer(ERRAND)
        assert bench.done.get(timeout=5.0) == DONE

    (entry,) = bench.shared.ledger.entries()
    assert (entry.state, entry.attempts) == (LedgerState.ACKNOWLEDGED, 2)
    assert bench.count("ommatid_delivery_attempts_total", delivery="soc", outcome="retriable") == 1.0
    assert bench.count("ommatid_delivery_seconds_sum", delivery="soc") == 0.5


def test_an_acknowledged_alert_is_not_posted_again(bench: Bench) -> None:
    with bench.working(Accepted(200)) as worker:
        for _ in range(2):
            assert worker.offer(ERRAND)
            assert bench.done.get(timeout=5.0) == DONE

    assert worker.failure is None


def test_a_refused_alert_is_a_dead_letter_before_it_is_done(bench: Bench) -> None:
    bench.letters.failures.extend([None, None])
    with bench.working(Refused("answered 410")) as worker:
        worker.offer(ERRAND)
        assert bench.done.get(timeout=5.0) == DONE

    (letter,) = bench.letters.written
    assert (letter.value, letter.stage, letter.error_text) == (b"alert", "deliver/soc", "answered 410")
    assert bench.count("ommatid_delivery_dead_letters_total", reason="Refused") == 1.0


def test_the_recorder_learns_how_a_delivery_ended(bench: Bench) -> None:
    with bench.working(Retriable("answered 503"), Accepted(200)) as worker:
        worker.offer(ERRAND)
        assert bench.done.get(timeout=5.0) == DONE
    at_us = ALERT.raised_at_us + 500_000

    (told,) = bench.recorder.deliveries
    assert (told.alert, told.delivery, told.state) == (ALERT, "soc", LedgerState.ACKNOWLEDGED)
    assert (told.attempts, told.at_us, told.reason) == (2, at_us, None)


def test_the_recorder_learns_why_an_alert_was_given_up(bench: Bench) -> None:
    with bench.working(Refused("answered 410")) as worker:
        worker.offer(ERRAND)
        assert bench.done.get(timeout=5.0) == DONE

    assert [(it.state, it.reason) for it in bench.recorder.deliveries] == [(LedgerState.GIVEN_UP, "answered 410")]


def test_an_alert_waits_for_its_picture_no_longer_than_the_bound(bench: Bench) -> None:
    hanging = replace(ERRAND, picture=PendingSnapshot())
    with bench.working(Accepted(200)) as worker:
        assert worker.offer(hanging)
        assert bench.done.get(timeout=5.0) == DONE

    assert bench.sent == [Snapshot(error="the picture was not stored yet when this was sent")]


def test_an_alert_is_sent_as_soon_as_its_picture_is_there(bench: Bench) -> None:
    errand = replace(ERRAND, picture=PendingSnapshot())
    patient = replace(bench, shared=replace(bench.shared, snapshot_wait_s=60.0))
    with patient.working(Accepted(200)) as worker:
        assert worker.offer(errand)
        errand.picture.make(Snapshot("file:///alert.jpg"))
        assert bench.done.get(timeout=5.0) == DONE

    assert bench.sent == [Snapshot("file:///alert.jpg")]


def test_an_alert_that_fails_delays_no_other_camera_of_its_endpoint(bench: Bench) -> None:
    other = replace(ERRAND, record=replace(RECORD, offset=4), alert=replace(ALERT, alert_id="other", camera_id="gate"))
    patient = replace(bench, shared=replace(bench.shared, schedule=RetrySchedule(60.0, 60.0, 600.0), draw=lambda: 1.0))
    with patient.working(Retriable("answered 500"), Accepted(200), capacity=2) as worker:
        assert worker.offer(ERRAND)
        assert worker.offer(other)
        assert bench.done.get(timeout=5.0) == Done(other.record.position, "soc")

    assert [it.state for it in bench.shared.ledger.entries()] == [LedgerState.PENDING, LedgerState.ACKNOWLEDGED]


def test_partitions_that_went_to_another_instance_are_forgotten(bench: Bench) -> None:
    with bench.working(capacity=2) as worker:
        waiting = replace(ERRAND, picture=PendingSnapshot())
        assert worker.offer(waiting)
        worker.forget(frozenset({(RECORD.topic, RECORD.partition)}))
        waiting.picture.make(Snapshot())

    assert bench.sent == []


def test_an_endpoint_that_stays_away_is_left_alone_and_its_alerts_are_given_up_in_time(bench: Bench) -> None:
    """One attempt opens the circuit; the alert whose time is over becomes a dead letter without another one."""
    clock = iter([0, 0, 0, 0, 0])
    shared = replace(
        bench.shared,
        circuit=CircuitPolicy(failures=1, open=FullJitter(600.0, 600.0)),
        draw=lambda: 1.0,
        now_us=lambda: ALERT.raised_at_us + next(clock, 61_000_000),
    )
    with replace(bench, shared=shared).working(Retriable("answered 503")) as worker:
        assert worker.offer(ERRAND)
        assert bench.done.get(timeout=5.0) == DONE

    (letter,) = bench.letters.written
    assert letter.error_text == "answered 503; given up after 1 attempts, time is over"
    assert len(bench.sent) == 1


def test_a_full_queue_takes_no_more(bench: Bench) -> None:
    worker = EndpointWorker("soc", [scripted([])], bench.shared, queue_alerts=1)

    assert [worker.offer(ERRAND) for _ in range(2)] == [True, False]


def test_what_a_full_queue_does_not_take_becomes_a_dead_letter(bench: Bench) -> None:
    worker = EndpointWorker("soc", [scripted([])], bench.shared, queue_alerts=1)

    assert worker.give_up(ERRAND, "BacklogFull", "too many alerts wait already")
    assert (bench.done.get_nowait(), [it.error_class for it in bench.letters.written]) == (DONE, ["BacklogFull"])


def test_an_alert_stays_pending_when_a_stop_comes_before_its_dead_letter_is_safe(bench: Bench) -> None:
    bench.letters.failures.append(None)
    bench.stop.set()
    worker = EndpointWorker("soc", [scripted([])], bench.shared, queue_alerts=1)

    assert not worker.give_up(ERRAND, "Refused", "answered 410")
    assert bench.done.empty()


def test_a_fault_ends_the_worker_and_is_seen(bench: Bench) -> None:
    with bench.working(RuntimeError("fault")) as worker:
        worker.offer(ERRAND)
        worker.join(5.0)

    assert worker.failure == "delivery soc: RuntimeError"
    assert bench.done.empty()
