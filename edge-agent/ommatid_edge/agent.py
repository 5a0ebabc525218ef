"""The agent: one thread per camera, one for triggers, and the housekeeping of the main thread."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.backoff import FullJitter, RetryPolicy, SlowRetry
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_worker import CameraWorker, Connect, Surroundings
from ommatid_edge.delivery_watch import Notice, WatchState, watch
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.frame_publisher import FramePublisher, PublisherClock
from ommatid_edge.http_endpoint import Endpoint, serve
from ommatid_edge.metrics import CameraMetrics, publish_seconds
from ommatid_edge.publishing_outlet import PublishingOutlet
from ommatid_edge.record_sink import RecordSink
from ommatid_edge.settings import EdgeSettings
from ommatid_edge.summary import summarise, write_atomically
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_edge.trigger_listener import TriggerListener
from ommatid_schemas.codec import Codec
from ommatid_schemas.events import CameraState

_log = structlog.get_logger(__name__)

_HOUSEKEEPING_S = 1.0
_STOP_S = 2.0


def now_us() -> int:
    """Wall clock, microseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class Border:
    """Where the agent meets the outside.

    Attributes:
        connect: Opens connections to cameras.
        sink: Takes records.
        codec: Encoding of records.
        listen: Makes the trigger listener for a board; None runs without triggers.
        brokers: Addresses of the brokers, for messages.
    """

    connect: Connect
    sink: RecordSink
    codec: Codec
    listen: Callable[[TriggerBoard], TriggerListener] | None
    brokers: str


class EdgeAgent:
    """Runs the cameras of one plan.

    Args:
        plan: Cameras and their groups.
        settings: Limits and names.
        border: The outside.
        summary_path: Where the account of the run is kept up to date; None for nowhere.
    """

    def __init__(self, plan: AgentPlan, settings: EdgeSettings, border: Border, summary_path: Path | None) -> None:
        self._plan = plan
        self._settings = settings
        self._border = border
        self._summary_path = summary_path
        self._registry = CollectorRegistry()
        clock = PublisherClock(now_us, time.monotonic)
        on_acknowledged = publish_seconds(self._registry).observe
        self._publisher = FramePublisher(border.sink, border.codec, settings.agent_id, clock, on_acknowledged)
        self._monitors = self._make_monitors()
        self._registry.register(CameraMetrics(tuple(self._monitors.values()), per_camera=settings.per_camera_metrics))
        self._watch_state = WatchState()
        self._next_status_s = 0.0
        self._threads: Sequence[threading.Thread] = ()

    def run(self, stop: threading.Event, ready: Callable[[int], None]) -> bool:
        """Serve until the stop flag is set, then flush.

        Args:
            stop: Ends the run.
            ready: Called with the port of the HTTP endpoint once everything is started.

        Returns:
            True when every thread ended; False when one is still blocked in the client library,
            which cannot be interrupted while it connects.

        Raises:
            ConfigurationError: The HTTP endpoint's address cannot be bound.
        """
        settings = self._settings
        endpoint = Endpoint(self._registry, self._unhealthy, self._unready)
        with ExitStack() as stack:
            # Last in first out: the producer is flushed and the account closed while metrics are still served.
            port = stack.enter_context(serve(endpoint, settings.metrics_host, settings.metrics_port))
            stack.callback(self._finish)
            self._start(stop)
            ready(port)
            _log.info("agent started", agent_id=settings.agent_id, cameras=len(self._plan.cameras), metrics_port=port)
            while not stop.wait(_HOUSEKEEPING_S):
                self._keep_house(time.monotonic())
            return self._join(time.monotonic() + _STOP_S)

    def summary(self) -> dict[str, Any]:
        """Account of the run so far."""
        return summarise(self._settings.agent_id, self._monitors.values())

    def _make_monitors(self) -> dict[str, CameraMonitor]:
        make = partial(CameraMonitor, now_us=now_us, on_change=self._publish_status)
        watched = {camera.camera_id: make(camera.camera_id) for camera in self._plan.cameras}
        disabled = {camera_id: make(camera_id, state=CameraState.DISABLED) for camera_id in self._plan.disabled}
        return watched | disabled

    def _start(self, stop: threading.Event) -> None:
        board = TriggerBoard(self._monitors)
        surroundings = Surroundings(
            self._border.connect, _retry_policy(self._settings), random.random, time.monotonic, stop
        )
        threads: list[threading.Thread] = []
        for camera in self._plan.cameras:
            monitor = self._monitors[camera.camera_id]
            outlet = PublishingOutlet(camera, monitor, self._publisher)
            handler = FrameHandler(camera, outlet, board, outlet)
            worker = CameraWorker(camera, monitor, handler, surroundings)
            threads.append(threading.Thread(target=worker.run, name=f"camera-{camera.camera_id}", daemon=True))
        if self._border.listen is not None:
            listener = self._border.listen(board)
            threads.append(threading.Thread(target=listener.run, args=(stop,), name="triggers", daemon=True))
        for thread in threads:
            thread.start()
        self._threads = threads

    def _join(self, deadline_s: float) -> bool:
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        late = [thread.name for thread in self._threads if thread.is_alive()]
        if late:
            _log.info("threads left behind while connecting", threads=late)
        return not late

    def _finish(self) -> None:
        given_up = self._border.sink.close(self._settings.flush_deadline_s)
        if given_up:
            _log.warning(
                "records given up",
                reason=f"Kafka at {self._border.brokers}: expected acknowledgements within "
                f"{self._settings.flush_deadline_s:.0f} s, {given_up} record(s) had none; they are lost",
            )
        self._write_summary()

    def _keep_house(self, at_s: float) -> None:
        self._write_summary()
        if at_s >= self._next_status_s:
            self._next_status_s = at_s + self._settings.status_interval_s
            for monitor in self._monitors.values():
                self._publish_status(monitor)
        self._watch_state, notices = watch(self._watch_state, self._publisher.progress(), at_s)
        for notice in notices:
            self._tell(notice)

    def _publish_status(self, monitor: CameraMonitor) -> None:
        self._publisher.publish_status(self._plan.region, monitor.status(self._settings.agent_id))

    def _write_summary(self) -> None:
        if self._summary_path is None:
            return
        try:
            write_atomically(self._summary_path, self.summary())
        except OSError as exc:
            _log.warning("summary not written", reason=f"{self._summary_path}: {exc.strerror}; cameras go on")

    def _tell(self, notice: Notice) -> None:
        progress = self._publisher.progress()
        where = f"Kafka at {self._border.brokers}"
        match notice:
            case Notice.OVERDUE:
                _log.warning(
                    "broker does not answer",
                    reason=f"{where}: expected acknowledgements, found none for a while; {progress.queued} record(s) "
                    f"wait and are given up after {self._settings.delivery_timeout_s:.0f} s, cameras go on",
                )
            case Notice.RECOVERED:
                _log.info("broker answers again", queued=progress.queued)
            case Notice.LOST:
                _log.warning("records lost", reason=progress.last_failure, failed_so_far=progress.failed)

    def _unhealthy(self) -> str | None:
        dead = [thread.name for thread in self._threads if not thread.is_alive()]
        return f"threads ended: {', '.join(dead)}" if dead else None

    def _unready(self) -> str | None:
        if not self._threads:
            return "starting"
        return f"Kafka at {self._border.brokers} does not answer" if self._watch_state.overdue else None


def _retry_policy(settings: EdgeSettings) -> RetryPolicy:
    return RetryPolicy(
        fast=FullJitter(settings.backoff_base_s, settings.backoff_cap_s),
        slow=SlowRetry(settings.unauthorised_retry_s),
        steady_s=settings.steady_s,
    )
