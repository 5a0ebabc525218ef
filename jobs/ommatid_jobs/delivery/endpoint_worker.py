"""One thread per endpoint: posts alerts in order, waits between attempts, and delays no other endpoint."""

import queue
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import structlog

from ommatid_connectors.kafka import Record, TopicPosition
from ommatid_connectors.retry_schedule import RetrySchedule
from ommatid_connectors.webhook import Outcome, Send
from ommatid_jobs.delivery.dead_letters import DeadLetterSink
from ommatid_jobs.delivery.ledger import Ledger, LedgerEntry
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.payload import Snapshot, alert_payload, encode_payload, message_id
from ommatid_jobs.delivery.retry_decision import Acknowledged, GiveUp, TryAgain, decide
from ommatid_schemas import Alert, OmmatidError

_log = structlog.get_logger(__name__)
_IDLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Errand:
    """One alert to be delivered, with the record that it came in and its picture."""

    record: Record
    alert: Alert
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Done:
    """An endpoint needs no more work for the alert at a position."""

    position: TopicPosition
    delivery: str


class Stop(Protocol):
    """What the process needs of :class:`threading.Event`."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, in seconds at most; True when it is time to stop."""
        ...

    def set(self) -> None:
        """Make everybody stop."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all workers of a process share.

    Attributes:
        ledger: Remembers what was delivered.
        dead_letters: Takes what is given up.
        metrics: Counts.
        schedule: Back-off.
        done: Receives every finished errand.
        stop: Ends waits and attempts.
        now_us: Clock, microseconds since the epoch.
        draw: Random numbers, 0..1, for the jitter.
        dead_letter_retry_s: Wait before a dead letter that was not taken is written again, seconds.
    """

    ledger: Ledger
    dead_letters: DeadLetterSink
    metrics: DeliveryMetrics
    schedule: RetrySchedule
    done: Callable[[Done], None]
    stop: Stop
    now_us: Callable[[], int]
    draw: Callable[[], float] = random.random
    dead_letter_retry_s: float = 2.0

    def bury(self, record: Record, stage: str, error_class: str, reason: str) -> bool:
        """Write a dead letter, as often as it takes; False when a stop came first."""
        while not self.dead_letters.write(record, stage, error_class, reason):
            if self.stop.wait(self.dead_letter_retry_s):
                return False
        self.metrics.dead_letter(error_class)
        return True


class EndpointWorker:
    """Delivers errands to one endpoint, one after the other, so that the order of each camera is kept.

    Args:
        name: Of the delivery in the fleet file.
        send: Makes one attempt.
        shared: What all workers share.
        queue_alerts: Errands that may wait.
    """

    def __init__(self, name: str, send: Send, shared: Surroundings, queue_alerts: int) -> None:
        self.name = name
        self.failure: str | None = None
        self._send = send
        self._shared = shared
        self._errands: queue.Queue[Errand] = queue.Queue(queue_alerts)
        self._thread = threading.Thread(target=self._run, name=f"deliver-{name}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def join(self, deadline_s: float) -> None:
        """Wait until the attempt in progress has ended after a stop."""
        self._thread.join(deadline_s)

    def offer(self, errand: Errand) -> bool:
        """Queue an errand; False when the queue is full."""
        try:
            self._errands.put_nowait(errand)
        except queue.Full:
            return False
        return True

    def give_up(self, errand: Errand, error_class: str, reason: str) -> bool:
        """Make an errand a dead letter; False when that was not possible before a stop."""
        shared = self._shared
        if not shared.bury(errand.record, f"deliver/{self.name}", error_class, reason):
            return False
        entry = self._entry(errand)
        shared.ledger.given_up(entry.message_id, self.name, entry.attempts, reason)
        shared.done(Done(errand.record.position, self.name))
        return True

    def _run(self) -> None:
        try:
            while not self._shared.stop.is_set():
                self._next()
        # Outermost supervisor of the thread: the process sees the failure, ends, and is started again.
        except Exception as exc:  # noqa: BLE001
            _log.exception("endpoint worker failed", delivery=self.name)
            self.failure = f"delivery {self.name}: {exc if isinstance(exc, OmmatidError) else type(exc).__name__}"

    def _next(self) -> None:
        try:
            errand = self._errands.get(timeout=_IDLE_S)
        except queue.Empty:
            return
        entry = self._entry(errand)
        while not (entry.finished or self._shared.stop.is_set()):
            if not self._attempt(errand, entry):
                return
            entry = self._entry(errand)
        if entry.finished:
            self._shared.done(Done(errand.record.position, self.name))

    def _attempt(self, errand: Errand, entry: LedgerEntry) -> bool:
        """Make one attempt and act on it; False when it ended the errand or a stop interrupted it."""
        shared = self._shared
        sent_at_us = shared.now_us()
        outcome = self._post(errand, sent_at_us)
        now_us = shared.now_us()
        shared.metrics.attempt(self.name, outcome)
        decision = decide(entry.delivery_state, outcome, now_us, shared.schedule, shared.draw())
        attempts = decision.state.attempts
        if isinstance(decision, Acknowledged):
            shared.ledger.acknowledged(entry.message_id, self.name, attempts, sent_at_us, now_us)
            shared.metrics.acknowledged(self.name, (now_us - errand.alert.raised_at_us) / 1e6)
            return True
        shared.ledger.attempted(entry.message_id, self.name, attempts, sent_at_us, decision.reason)
        if isinstance(decision, GiveUp):
            self.give_up(errand, type(outcome).__name__, decision.reason)
            return False
        return not self._wait(errand, decision)

    def _post(self, errand: Errand, sent_at_us: int) -> Outcome:
        body = encode_payload(alert_payload(errand.alert, errand.snapshot, sent_at_us))
        return self._send(message_id(errand.alert), body, sent_at_us / 1e6)

    def _wait(self, errand: Errand, decision: TryAgain) -> bool:
        _log.info(
            "alert not delivered yet",
            delivery=self.name,
            alert_id=errand.alert.alert_id,
            attempts=decision.state.attempts,
            wait_s=round(decision.wait_s, 2),
            reason=decision.reason,
        )
        return self._shared.stop.wait(decision.wait_s)

    def _entry(self, errand: Errand) -> LedgerEntry:
        alert = errand.alert
        return self._shared.ledger.begin(message_id(alert), alert.alert_id, self.name, self._shared.now_us())
