"""The cameras that one process watches, each in a thread of its own."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.backoff import RetryPolicy, SlowRetry
from ommatid_edge.camera_condition import CameraReporter
from ommatid_edge.camera_group.messages import GroupSettings, OpenEvent
from ommatid_edge.camera_group.outbox import Outbox
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.camera_worker import CameraWorker, Connect, Surroundings
from ommatid_edge.connect_limit import ConnectLimit
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.trigger_board import TriggerBoard


@dataclass(frozen=True, slots=True)
class _Running:
    """One watched camera."""

    stop: threading.Event
    worker: CameraWorker
    board: TriggerBoard


class RunningCameras:
    """Starts, changes and stops cameras; used by one thread, except for ``flush``.

    Args:
        settings: Limits of the group.
        connect: Opens connections.
        connect_limit: When they may be opened.
        outbox: Takes what the cameras give.
        now_us: Wall clock, us UTC.
    """

    def __init__(
        self,
        settings: GroupSettings,
        connect: Connect,
        connect_limit: ConnectLimit,
        outbox: Outbox,
        now_us: Callable[[], int],
    ) -> None:
        self._retry = RetryPolicy(
            fast=FullJitter(settings.backoff_base_s, settings.backoff_cap_s),
            slow=SlowRetry(settings.unauthorised_retry_s),
            steady_s=settings.steady_s,
        )
        self._connect = connect
        self._connect_limit = connect_limit
        self._outbox = outbox
        self._now_us = now_us
        self._running: dict[str, _Running] = {}
        # The latest thread of each camera, which may outlive the camera's stop while it connects.
        self._threads: dict[str, threading.Thread] = {}
        # Replaced, never changed, because another thread goes through it.
        self._reporters: Mapping[str, CameraReporter] = {}

    def run(self, plan: CameraPlan) -> None:
        """Watch a camera; one that is watched already is left first and connected to again."""
        self.stop(plan.camera_id)
        stop = threading.Event()
        reporter = self._reporter(plan.camera_id)
        board = TriggerBoard([plan.camera_id])
        handler = FrameHandler(plan, self._outbox, board, reporter)
        outside = Surroundings(self._connect, self._connect_limit, self._retry, random.random, time.monotonic, stop)
        worker = CameraWorker(plan, reporter, handler, outside)
        thread = threading.Thread(
            target=_run_after,
            args=(self._threads.get(plan.camera_id), reporter, worker),
            name=f"camera-{plan.camera_id}",
            daemon=True,
        )
        self._running[plan.camera_id] = _Running(stop, worker, board)
        self._threads[plan.camera_id] = thread
        thread.start()

    def replan(self, plan: CameraPlan) -> None:
        """Change the numbers of a camera that is watched; it stays connected."""
        running = self._running.get(plan.camera_id)
        if running is not None:
            running.worker.replan(plan)

    def stop(self, camera_id: str) -> None:
        """Leave a camera; its connection ends within about a second."""
        running = self._running.pop(camera_id, None)
        if running is not None:
            running.stop.set()

    def open_event(self, event: OpenEvent) -> None:
        """Pass a trigger on; cameras that are not watched pass it over."""
        running = self._running.get(event.camera_id)
        if running is not None:
            running.board.post(event.camera_id, event.until_us, event.cause_captured_at_us)

    def flush(self) -> None:
        """Report every condition that has changed; any thread."""
        for reporter in self._reporters.values():
            reporter.flush()

    def stop_all(self, within_s: float) -> None:
        """Leave all cameras and wait for their threads; those that are still connecting are left behind."""
        for camera_id in tuple(self._running):
            self.stop(camera_id)
        deadline_s = time.monotonic() + within_s
        for thread in self._threads.values():
            thread.join(max(0.0, deadline_s - time.monotonic()))

    def _reporter(self, camera_id: str) -> CameraReporter:
        """The camera's reporter, which outlives its threads: counts go on."""
        known = self._reporters.get(camera_id)
        if known is None:
            known = CameraReporter(camera_id, self._now_us, self._outbox.condition)
            self._reporters = {**self._reporters, camera_id: known}
        return known


def _run_after(before: threading.Thread | None, reporter: CameraReporter, worker: CameraWorker) -> None:
    """Wait for the camera's last connection to end: two at once would mix up its frames."""
    if before is not None:
        before.join()
    reporter.renew()
    worker.run()
