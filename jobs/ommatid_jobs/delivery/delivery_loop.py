"""The loop of the delivery process: alerts in, errands to the endpoints, commits when all of them have answered."""

import queue
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from ommatid_connectors.kafka import OnRevoked, ReadFailed, Record, RecordConsumer, TopicPosition
from ommatid_jobs.delivery.endpoint_worker import EndpointWorker
from ommatid_jobs.delivery.errand import Done, Errand
from ommatid_jobs.delivery.offset_progress import OffsetProgress
from ommatid_jobs.delivery.payload import message_id
from ommatid_jobs.delivery.recorder import ended
from ommatid_jobs.delivery.snapshot_workers import SnapshotWorkers
from ommatid_jobs.delivery.surroundings import Surroundings
from ommatid_schemas import Alert, Codec, DecodeError, OmmatidError
from ommatid_schemas.replay import REPLAY_HEADER

_log = structlog.get_logger(__name__)
_POLL_S = 0.2
_COMMIT_EVERY_S = 1.0
_COMMIT_AGAIN_S = 10.0
_PRUNE_EVERY_S = 3600.0
_PICTURE = "/picture"  # no name of a delivery has a slash


class DeliveryStopped(OmmatidError):
    """A worker ended by a fault. Nothing is lost: start the process again."""

    retriable = True


class Worker(Protocol):
    """Threads that work beside the loop."""

    @property
    def failure(self) -> str | None:
        """The fault by which a thread has ended; the process ends with it."""
        ...

    def start(self) -> None:
        """Begin to work."""
        ...

    def join(self, deadline_s: float) -> None:
        """Wait for the end after a stop, seconds at most."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """How alerts come in.

    Attributes:
        open_consumer: Opens the group's consumer, given what to call when partitions are given up.
        codec: Decodes alerts.
        snapshots: Makes the pictures.
        join_s: Longest wait for attempts in progress after a stop, seconds.
        on_ready: Called once when alerts are being read.
        prune: Called at the start and each hour, to forget what can no longer be repeated.
        helpers: Work beside the loop, and end with it.
    """

    open_consumer: Callable[[OnRevoked], RecordConsumer]
    codec: Codec
    snapshots: SnapshotWorkers
    join_s: float
    on_ready: Callable[[], None]
    prune: Callable[[], None]
    helpers: tuple[Worker, ...] = ()


class DeliveryLoop:
    """Takes alerts in order and hands them to the workers of their deliveries.

    A record is finished when each of its deliveries is acknowledged or a dead letter; offsets are
    committed up to the first record that is not.

    Args:
        intake: How alerts come in.
        workers: By name of the delivery.
        shared: What the workers share; its ``done`` must be ``done`` of this loop.
        done: Finished errands.
    """

    def __init__(
        self,
        intake: Intake,
        workers: Mapping[str, EndpointWorker],
        shared: Surroundings,
        done: "queue.SimpleQueue[Done]",
    ) -> None:
        self._intake = intake
        self._workers = workers
        self._shared = shared
        self._done = done
        self._progress = OffsetProgress()
        self._waiting_for: dict[TopicPosition, set[str]] = {}
        self._commit_at_s = self._prune_at_s = 0.0
        self._commit_failed = False
        self._consumer = intake.open_consumer(self._give_up_partitions)

    def run(self) -> None:
        """Deliver until a stop; then let attempts in progress end and commit what is finished.

        Raises:
            DeliveryStopped: A worker ended by a fault.
        """
        with self._consumer:
            for worker in self._everybody():
                worker.start()
            self._intake.on_ready()
            try:
                while not self._shared.stop.is_set():
                    self._step()
            finally:
                self._finish()

    def _everybody(self) -> tuple[Worker, ...]:
        return (self._intake.snapshots, *self._intake.helpers, *self._workers.values())

    def _step(self) -> None:
        failures = [worker.failure for worker in self._everybody() if worker.failure]
        if failures:
            raise DeliveryStopped(
                f"worker ended by a fault: {'; '.join(failures)}; unfinished alerts are repeated after the next start"
            )
        polled = self._consumer.poll(_POLL_S)
        if isinstance(polled, Record):
            self._take(polled)
        elif isinstance(polled, ReadFailed):
            _log.warning("alerts cannot be read", reason=polled.reason)
        self._settle()
        if time.monotonic() >= self._commit_at_s:
            self._commit()
            self._shared.lateness.tick(self._shared.now_us())
        if time.monotonic() >= self._prune_at_s:
            self._intake.prune()
            self._prune_at_s = time.monotonic() + _PRUNE_EVERY_S

    def _finish(self) -> None:
        # After a fault in one place the others have to stop as well.
        self._shared.stop.set()
        for worker in self._everybody():
            worker.join(self._intake.join_s)
        self._settle()
        self._commit_last()

    def _take(self, record: Record) -> None:
        self._shared.metrics.alert()
        self._progress.start(record.position)
        try:
            alert = self._intake.codec.decode(Alert, record.value)
        except DecodeError as exc:
            if self._shared.bury(record, "deliver", "DecodeError", str(exc)):
                self._progress.finish(record.position)
            return
        self._hand_out(record, alert)

    def _hand_out(self, record: Record, alert: Alert) -> None:
        self._shared.recorder.taken(alert)
        if not all(self._refuse_unknown(record, name) for name in alert.deliver if name not in self._workers):
            return
        if REPLAY_HEADER in record.headers:
            self._reopen(alert)
        names = self._unfinished(alert)
        if not names and any(name in self._workers for name in alert.deliver):
            self._progress.finish(record.position)
            return
        picture = self._intake.snapshots.ask(alert)
        self._offer(Errand(record, alert, picture, self._shared.now_us()), names)

    def _offer(self, errand: Errand, names: Iterable[str]) -> None:
        position, recorder = errand.record.position, self._shared.recorder
        # A picture that is still to be stored holds the position back as well.
        self._waiting_for[position] = {*names, _PICTURE}
        errand.picture.on_made(lambda: recorder.pictured(errand.alert, errand.picture.value))
        errand.picture.on_made(lambda: self._done.put(Done(position, _PICTURE)))
        for name in tuple(names):
            if not self._workers[name].offer(errand):
                self._workers[name].give_up(errand, "BacklogFull", f"delivery {name}: too many alerts wait already")

    def _unfinished(self, alert: Alert) -> tuple[str, ...]:
        """Deliveries that still have to happen; what was acknowledged before a restart is not repeated."""
        shared, unfinished = self._shared, list[str]()
        for name in dict.fromkeys(it for it in alert.deliver if it in self._workers):
            entry = shared.ledger.begin(message_id(alert), alert.alert_id, name, shared.now_us())
            if entry.finished:
                shared.recorder.ended(ended(alert, entry, shared.now_us()))
            else:
                unfinished.append(name)
        return tuple(unfinished)

    def _reopen(self, alert: Alert) -> None:
        """Try again where the alert had been given up; whoever acknowledged it is not bothered again."""
        for name in alert.deliver:
            self._shared.ledger.reopen(message_id(alert), name, self._shared.now_us())

    def _refuse_unknown(self, record: Record, name: str) -> bool:
        reason = f"delivery {name}: expected one of {sorted(self._workers)}; add it to deliveries in the fleet file"
        return self._shared.bury(record, f"deliver/{name}", "UnknownDelivery", reason)

    def _settle(self) -> None:
        while True:
            try:
                done = self._done.get_nowait()
            except queue.Empty:
                return
            self._waiting_for.get(done.position, set()).discard(done.delivery)
            self._finish_if_done(done.position)

    def _finish_if_done(self, position: TopicPosition) -> None:
        if self._waiting_for.get(position) == set():
            del self._waiting_for[position]
            self._progress.finish(position)

    def _commit(self) -> None:
        positions = self._progress.committable()
        failure = self._consumer.commit(positions)
        self._commit_failed = failure is not None
        if failure is None:
            self._progress.committed(positions)
        else:
            _log.warning("positions not committed yet", reason=failure.reason)
        self._commit_at_s = time.monotonic() + (_COMMIT_EVERY_S if failure is None else _COMMIT_AGAIN_S)

    def _commit_last(self) -> None:
        """Commit before a stop, unless brokers are away: waiting for them costs more than alerts read twice."""
        if not self._commit_failed:
            self._commit()

    def _give_up_partitions(self, partitions: frozenset[tuple[str, int]]) -> None:
        """Another member takes these over: commit what is finished and forget the rest."""
        self._settle()
        self._commit_last()
        self._progress.give_up(partitions)
        for worker in self._workers.values():
            worker.forget(partitions)
        for position in [it for it in self._waiting_for if (it.topic, it.partition) in partitions]:
            del self._waiting_for[position]
