"""Threads of one endpoint: post alerts, in order per camera, wait between attempts, and delay no other endpoint."""

import threading
from collections.abc import Callable, Sequence

import structlog

from ommatid_connectors.kafka.client_logging import RepeatLimit
from ommatid_connectors.webhook import Outcome
from ommatid_jobs.delivery.circuit import Circuit
from ommatid_jobs.delivery.errand import Done, Errand
from ommatid_jobs.delivery.lanes import Lanes
from ommatid_jobs.delivery.ledger import LedgerEntry
from ommatid_jobs.delivery.payload import Snapshot, message_id
from ommatid_jobs.delivery.recorder import ended
from ommatid_jobs.delivery.retry_decision import Acknowledged, GiveUp, TryAgain, decide, honoured
from ommatid_jobs.delivery.stage_latency import stages_s
from ommatid_jobs.delivery.surroundings import Surroundings
from ommatid_schemas import Alert, OmmatidError

_log = structlog.get_logger(__name__)
_IDLE_S = 0.2
_LATE_LINE_EVERY_S = 60.0

Post = Callable[[Alert, Snapshot, int], Outcome]
"""One attempt: (alert, picture, microseconds since the epoch) to outcome."""


class EndpointWorker:
    """Delivers errands to one endpoint; of each camera one at a time, so that its order is kept.

    Args:
        name: Of the delivery in the fleet file.
        posts: Make one attempt each; one thread for each of them.
        shared: What all workers share.
        queue_alerts: Errands that may wait.
    """

    def __init__(self, name: str, posts: Sequence[Post], shared: Surroundings, queue_alerts: int) -> None:
        self.name = name
        self.failure: str | None = None
        self._shared = shared
        self._lanes: Lanes[Errand] = Lanes(queue_alerts)
        self._circuit = Circuit()
        self._late_lines = RepeatLimit(_LATE_LINE_EVERY_S)
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, args=(post,), name=f"deliver-{name}-{number}", daemon=True)
            for number, post in enumerate(posts)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def join(self, deadline_s: float) -> None:
        """Wait until the attempts in progress have ended after a stop."""
        for thread in self._threads:
            thread.join(deadline_s)

    def offer(self, errand: Errand) -> bool:
        """Queue an errand until its picture is ready, or for the bound of that; False when the queue is full."""
        with self._changed:
            picture_by_s = self._shared.monotonic_s() + self._shared.snapshot_wait_s
            if not self._lanes.put(errand.alert.camera_id, errand, 0.0 if errand.picture.ready else picture_by_s):
                return False
            self._shared.metrics.waiting(self.name, len(self._lanes))
            self._changed.notify()
        errand.picture.on_made(lambda: self._release(errand))
        return True

    def forget(self, partitions: frozenset[tuple[str, int]]) -> None:
        """Drop what waits of (topic, partition) that another instance works on from now on."""
        with self._changed:
            self._lanes.drop(lambda errand: (errand.record.topic, errand.record.partition) in partitions)

    def give_up(self, errand: Errand, error_class: str, reason: str) -> bool:
        """Make an errand a dead letter; False when that was not possible before a stop."""
        shared = self._shared
        if not shared.bury(errand.record, f"deliver/{self.name}", error_class, reason):
            return False
        entry = self._entry(errand)
        shared.ledger.given_up(entry.message_id, self.name, entry.attempts, reason)
        self._record(errand)
        shared.done(Done(errand.record.position, self.name))
        return True

    def _release(self, errand: Errand) -> None:
        with self._changed:
            self._lanes.release(lambda waiting: waiting is errand)
            self._changed.notify()

    def _run(self, post: Post) -> None:
        try:
            while not self._shared.stop.is_set():
                self._next(post)
        # Outermost supervisor of the thread: the process sees the failure, ends, and is started again.
        except Exception as exc:  # noqa: BLE001
            _log.exception("endpoint worker failed", delivery=self.name)
            self.failure = f"delivery {self.name}: {exc if isinstance(exc, OmmatidError) else type(exc).__name__}"

    def _next(self, post: Post) -> None:
        with self._changed:
            taken = self._take()
            if taken is None:
                self._changed.wait(_IDLE_S)
                return
        camera_id, errand = taken
        wait_s = self._work(errand, post)
        with self._changed:
            self._shared.metrics.waiting(self.name, len(self._lanes))
            if wait_s is None:
                self._lanes.finish(camera_id)
            else:
                self._lanes.defer(camera_id, self._shared.monotonic_s() + wait_s)
            self._changed.notify_all()

    def _take(self) -> tuple[str, Errand] | None:
        """The next errand: one that is due, or, while the circuit is open, one whose time is over."""
        shared = self._shared
        if self._circuit.admits(shared.monotonic_s(), self._lanes.in_work, shared.circuit):
            return self._lanes.take(shared.monotonic_s())
        too_old_us = shared.now_us() - round(shared.schedule.give_up_after_s * 1e6)
        return self._lanes.take_any(lambda errand: errand.taken_at_us < too_old_us)

    def _work(self, errand: Errand, post: Post) -> float | None:
        """Get on with an errand; None when it is done, else seconds until it is looked at again."""
        entry = self._entry(errand)
        if entry.finished:
            self._shared.done(Done(errand.record.position, self.name))
            return None
        if self._is_over(entry):
            reason = f"{entry.reason or 'endpoint is away'}; given up after {entry.attempts} attempts, time is over"
            return None if self.give_up(errand, "Retriable", reason) else 0.0
        decision, error_class = self._attempt(errand, entry, post)
        if isinstance(decision, TryAgain):
            self._tell(errand, decision)
            return decision.wait_s
        if isinstance(decision, GiveUp):
            # Without a dead letter before a stop, the errand stays where it is and is repeated after the next start.
            return None if self.give_up(errand, error_class, decision.reason) else 0.0
        self._shared.done(Done(errand.record.position, self.name))
        return None

    def _is_over(self, entry: LedgerEntry) -> bool:
        """Whether an alert has waited long enough for an endpoint that is away; else each deserves an attempt."""
        shared = self._shared
        waited_s = (shared.now_us() - entry.first_due_at_us) / 1e6
        return self._circuit.tripped(shared.circuit) and waited_s > shared.schedule.give_up_after_s

    def _attempt(self, errand: Errand, entry: LedgerEntry, post: Post) -> tuple[Acknowledged | TryAgain | GiveUp, str]:
        shared, sent_at_us = self._shared, self._shared.now_us()
        outcome = honoured(post(errand.alert, errand.picture.value, sent_at_us), shared.schedule)
        now_us = shared.now_us()
        decision = decide(entry.delivery_state, outcome, now_us, shared.schedule, shared.draw())
        with self._changed:
            self._note(self._circuit.after(outcome, shared.monotonic_s(), shared.draw(), shared.circuit))
        shared.metrics.attempt(self.name, outcome)
        acknowledged = isinstance(decision, Acknowledged)
        at_us = now_us if acknowledged else sent_at_us
        shared.lateness.attempted(errand.alert, entry.sent_at_us, at_us, now_us, acknowledged=acknowledged)
        if isinstance(decision, Acknowledged):
            shared.ledger.acknowledged(entry.message_id, self.name, decision.state.attempts, sent_at_us, now_us)
            self._record(errand)
            self._measure(errand.alert, sent_at_us, now_us)
        else:
            shared.ledger.attempted(entry.message_id, self.name, decision.state.attempts, sent_at_us, decision.reason)
        return decision, type(outcome).__name__

    def _measure(self, alert: Alert, sent_at_us: int, acknowledged_at_us: int) -> None:
        metrics, stages = self._shared.metrics, stages_s(alert, sent_at_us, acknowledged_at_us)
        metrics.acknowledged(self.name, (acknowledged_at_us - alert.raised_at_us) / 1e6)
        if metrics.stages(alert.priority, stages) and self._late_lines.admit(
            alert.priority, self._shared.monotonic_s()
        ):
            slowest = max((name for name in stages if name != "total"), key=lambda name: stages[name])
            _log.warning(
                "alert was late",
                delivery=self.name,
                alert_id=alert.alert_id,
                priority=alert.priority.value,
                total_s=round(stages["total"], 1),
                slowest=slowest,
            )

    def _note(self, circuit: Circuit) -> None:
        """Take over the circuit's state; once it closes, alerts need not sit out the waits of the outage."""
        was_open, is_open = (it.tripped(self._shared.circuit) for it in (self._circuit, circuit))
        self._circuit = circuit
        if was_open != is_open:
            _log.warning("endpoint is away" if is_open else "endpoint is back", delivery=self.name)
            self._shared.metrics.circuit(self.name, is_open=is_open)
        if was_open and not is_open:
            self._lanes.release(lambda errand: errand.picture.ready)

    def _tell(self, errand: Errand, decision: TryAgain) -> None:
        _log.info(
            "alert not delivered yet",
            delivery=self.name,
            alert_id=errand.alert.alert_id,
            attempts=decision.state.attempts,
            wait_s=round(decision.wait_s, 2),
            reason=decision.reason,
        )

    def _record(self, errand: Errand) -> None:
        self._shared.recorder.ended(ended(errand.alert, self._entry(errand), self._shared.now_us()))

    def _entry(self, errand: Errand) -> LedgerEntry:
        alert = errand.alert
        return self._shared.ledger.begin(message_id(alert), alert.alert_id, self.name, self._shared.now_us())
