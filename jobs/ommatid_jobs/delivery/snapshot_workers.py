"""Threads that make pictures, so that a store that hangs delays no alert."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog

from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.payload import Snapshot
from ommatid_jobs.delivery.pending_snapshot import PendingSnapshot
from ommatid_jobs.delivery.surroundings import Stop
from ommatid_schemas import Alert, OmmatidError

_log = structlog.get_logger(__name__)
_IDLE_S = 0.2

MakeSnapshot = Callable[[Alert], Snapshot]
OpenMaker = Callable[[], AbstractContextManager[MakeSnapshot]]
"""Opens what one thread needs; closed when the thread ends."""


class SnapshotWorkers:
    """Makes pictures in the order in which they were asked for.

    Args:
        open_maker: Called once in each thread.
        metrics: Counts.
        stop: Ends the threads once nothing waits.
        threads: How many.
        waiting: Pictures that may wait; more are refused at once.
    """

    def __init__(
        self, open_maker: OpenMaker, metrics: DeliveryMetrics, stop: Stop, *, threads: int = 2, waiting: int = 64
    ) -> None:
        self.failure: str | None = None
        self._open_maker = open_maker
        self._metrics = metrics
        self._stop = stop
        self._asked: queue.Queue[tuple[Alert, PendingSnapshot]] = queue.Queue(waiting)
        self._threads = [
            threading.Thread(target=self._run, name=f"snapshot-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def join(self, deadline_s: float) -> None:
        """Wait until all pictures are made after a stop; a store that hangs ends with the process."""
        until_s = time.monotonic() + deadline_s
        for thread in self._threads:
            thread.join(max(0.0, until_s - time.monotonic()))

    def ask(self, alert: Alert) -> PendingSnapshot:
        """A picture that will be made; never waits."""
        picture = PendingSnapshot()
        try:
            self._asked.put_nowait((alert, picture))
        except queue.Full:
            refused = Snapshot(error="too many pictures wait for the object store already")
            self._metrics.snapshot(refused)
            return PendingSnapshot(refused)
        return picture

    def _run(self) -> None:
        try:
            with self._open_maker() as make:
                while not (self._stop.is_set() and self._asked.empty()):
                    self._next(make)
        # Outermost supervisor of the thread: the process sees the failure, ends, and is started again.
        except Exception as exc:  # noqa: BLE001
            _log.exception("snapshot worker failed")
            self.failure = f"snapshots: {exc if isinstance(exc, OmmatidError) else type(exc).__name__}"

    def _next(self, make: MakeSnapshot) -> None:
        try:
            alert, picture = self._asked.get(timeout=_IDLE_S)
        except queue.Empty:
            return
        snapshot = make(alert)
        self._metrics.snapshot(snapshot)
        picture.make(snapshot)
