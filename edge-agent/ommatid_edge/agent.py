"""The agent: a process per camera group, a thread for triggers, and the housekeeping of the main thread."""

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import CollectorRegistry

from ommatid_connectors.atomic_file import write_atomically
from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.backoff import RetryPolicy, SlowRetry
from ommatid_edge.camera_group.bounds import GroupBounds
from ommatid_edge.camera_group.group import CameraGroup, GroupSurroundings
from ommatid_edge.camera_group.groups import CameraGroups
from ommatid_edge.camera_group.messages import GroupSettings, OpenEvent
from ommatid_edge.camera_group.process import GroupProcess
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.delivery_metrics import DeliveryMetrics
from ommatid_edge.delivery_notices import DeliveryNotices
from ommatid_edge.fleet_watch import FleetFile
from ommatid_edge.frame_forwarder import Delivery, PublisherClock
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.group_metrics import GroupMetrics
from ommatid_edge.http_endpoint import Endpoint, serve
from ommatid_edge.live_plan import LivePlan
from ommatid_edge.memory_allocator import release_free_memory
from ommatid_edge.metrics import CameraMetrics, publish_seconds
from ommatid_edge.plan_changes import PlanChanges
from ommatid_edge.record_sink import RecordSink
from ommatid_edge.roster import Roster
from ommatid_edge.run_folder import run_folder
from ommatid_edge.settings import EdgeSettings
from ommatid_edge.spool import FrameSpool
from ommatid_edge.summary import summarise
from ommatid_edge.trigger_listener import TriggerListener
from ommatid_schemas.codec import Codec

_log = structlog.get_logger(__name__)

_HOUSEKEEPING_S = 1.0
_RELEASE_MEMORY_S = 60.0
_GROUPS_STOP_S = 5.0
_TRIGGERS_STOP_S = 2.0
_GROUP_STEADY_S = 60.0


def now_us() -> int:
    """Wall clock, microseconds since the Unix epoch, UTC."""
    return time.time_ns() // 1000


Listen = Callable[[Callable[[OpenEvent], None], Callable[[], tuple[str, ...]]], TriggerListener]
"""Makes the trigger listener: where triggers go, and which topics they come from."""


@dataclass(frozen=True, slots=True)
class Border:
    """Where the agent meets the outside.

    Attributes:
        start_process: Starts the process of a camera group.
        sink: Takes records.
        spool: Where frames wait until they are acknowledged.
        codec: Encoding of records.
        listen: Makes the trigger listener.
        brokers: Addresses of the brokers, for messages.
    """

    start_process: Callable[[], GroupProcess]
    sink: RecordSink
    spool: FrameSpool
    codec: Codec
    listen: Listen
    brokers: str


@dataclass(frozen=True, slots=True)
class Requests:
    """What an operator asks of a running agent: to stop, and to read the fleet file now."""

    stop: threading.Event
    reload: threading.Event


class EdgeAgent:
    """Runs the cameras of a fleet file, and follows its changes.

    Args:
        plan: Cameras and their groups.
        fleet_file: Where the plan came from.
        settings: Limits and names.
        border: The outside.
        summary_path: Where the account of the run is kept up to date; None for nowhere.
    """

    def __init__(
        self,
        plan: AgentPlan,
        fleet_file: FleetFile,
        settings: EdgeSettings,
        border: Border,
        summary_path: Path | None,
    ) -> None:
        self._settings = settings
        self._border = border
        self._summary_path = summary_path
        self._registry = CollectorRegistry()
        self._live = LivePlan(plan, fleet_file, self._registry)
        clock = PublisherClock(now_us, time.monotonic)
        on_acknowledged = publish_seconds(self._registry).observe
        delivery = Delivery(border.sink, border.codec, settings.agent_id, clock, on_acknowledged)
        self._publisher = FramePublisher(border.spool, delivery)
        self._roster = Roster(self._publisher.accept, now_us, self._publish_status)
        self._groups = CameraGroups(self._make_group, settings.group_size)
        self._registry.register(CameraMetrics(self._roster, per_camera=settings.per_camera_metrics))
        self._registry.register(GroupMetrics(self._groups))
        self._registry.register(DeliveryMetrics(self._publisher))
        self._notices = DeliveryNotices(border.brokers)
        self._places = Path()
        self._next_status_s = 0.0
        self._next_release_s = 0.0
        self._triggers: threading.Thread | None = None

    def run(self, requests: Requests, ready: Callable[[int], None]) -> None:
        """Serve until asked to stop, then end the groups and flush.

        Args:
            requests: What the operator wants.
            ready: Called with the port of the HTTP endpoint once everything is started.

        Raises:
            ConfigurationError: The HTTP endpoint's address cannot be bound.
        """
        settings = self._settings
        endpoint = Endpoint(self._registry, self._unhealthy, self._unready)
        with ExitStack() as stack:
            self._places = stack.enter_context(run_folder())
            # Last in first out: groups end first, what they told is flushed, metrics are served until the end.
            port = stack.enter_context(serve(endpoint, settings.metrics_host, settings.metrics_port))
            stack.callback(self._finish)
            stack.callback(self._groups.stop, _GROUPS_STOP_S)
            self._start(requests.stop)
            self._write_summary()
            ready(port)
            cameras = len(self._live.plan.cameras)
            _log.info("agent started", agent_id=settings.agent_id, cameras=cameras, metrics_port=port)
            while not requests.stop.wait(_HOUSEKEEPING_S):
                self._keep_house(time.monotonic(), requests.reload)

    def summary(self) -> dict[str, Any]:
        """Account of the run so far."""
        return summarise(self._settings.agent_id, self._roster.known, self._groups.conditions())

    def _start(self, stop: threading.Event) -> None:
        # Before the cameras: what an earlier run left goes first.
        self._publisher.start(self._roster.counters_of)
        self._apply(self._live.first_changes())
        listener = self._border.listen(self._groups.open_event, lambda: self._live.plan.trigger_topics)
        self._triggers = threading.Thread(target=listener.run, args=(stop,), name="triggers", daemon=True)
        self._triggers.start()

    def _make_group(self, number: int) -> CameraGroup:
        settings = self._settings
        retry = RetryPolicy(
            FullJitter(settings.backoff_base_s, settings.backoff_cap_s),
            SlowRetry(settings.unauthorised_retry_s),
            _GROUP_STEADY_S,
        )
        surroundings = GroupSurroundings(self._border.start_process, retry, random.random, time.monotonic)
        bounds = GroupBounds(settings.group_memory_bytes, settings.group_silence_s)
        return CameraGroup(group_settings(settings, number, self._places), bounds, self._roster, surroundings)

    def _apply(self, changes: PlanChanges) -> None:
        # The roster first: it must know a camera before a group tells of it.
        self._roster.apply(changes)
        self._groups.apply(changes)

    def _finish(self) -> None:
        if self._triggers is not None:
            self._triggers.join(_TRIGGERS_STOP_S)
        left = self._publisher.close(self._settings.flush_deadline_s)
        if left:
            _log.warning(
                "frames left in the spool",
                reason=f"Kafka at {self._border.brokers}: expected acknowledgements within "
                f"{self._settings.flush_deadline_s:.0f} s, {left} frame(s) had none; the next run sends them",
            )
        self._write_summary()

    def _keep_house(self, at_s: float, reload: threading.Event) -> None:
        at_once = reload.is_set()
        reload.clear()
        changes = self._live.poll(at_once=at_once)
        if changes:
            self._apply(changes)
        self._write_summary()
        if at_s >= self._next_status_s:
            self._next_status_s = at_s + self._settings.status_interval_s
            for monitor in self._roster.listed:
                self._publish_status(monitor)
        self._notices.look(self._publisher.progress(), at_s)
        if at_s >= self._next_release_s:
            self._next_release_s = at_s + _RELEASE_MEMORY_S
            release_free_memory()

    def _publish_status(self, monitor: CameraMonitor) -> None:
        self._publisher.publish_status(self._live.plan.region, monitor.status(self._settings.agent_id))

    def _write_summary(self) -> None:
        if self._summary_path is None:
            return
        try:
            write_atomically(self._summary_path, json.dumps(self.summary(), indent=2))
        except OSError as exc:
            _log.warning("summary not written", reason=f"{self._summary_path}: {exc.strerror}; cameras go on")

    def _unhealthy(self) -> str | None:
        if (fault := self._publisher.fault) is not None:
            return fault
        dead = list(self._groups.dead_threads())
        if self._triggers is not None and not self._triggers.is_alive():
            dead.append(self._triggers.name)
        return f"threads ended: {', '.join(dead)}" if dead else None

    def _unready(self) -> str | None:
        if self._triggers is None:
            return "starting"
        down = [str(group.number) for group in self._groups.conditions() if not group.up]
        if down:
            return f"camera group(s) {', '.join(down)} not up"
        return self._notices.complaint


def group_settings(settings: EdgeSettings, number: int, places: Path) -> GroupSettings:
    """What the process of one group is told of the agent's settings.

    Args:
        settings: The agent's.
        number: Number of the group.
        places: Folder of the lock files that limit simultaneous connects.
    """
    return GroupSettings(
        number=number,
        open_timeout_s=settings.open_timeout_s,
        stall_timeout_s=settings.stall_timeout_s,
        undecodable_packets=settings.undecodable_packets,
        backoff_base_s=settings.backoff_base_s,
        backoff_cap_s=settings.backoff_cap_s,
        unauthorised_retry_s=settings.unauthorised_retry_s,
        steady_s=settings.steady_s,
        places=places,
        connects_per_site=settings.connects_per_site,
        queue_bytes=settings.group_queue_bytes,
        nice=settings.group_nice,
        cpus=settings.group_cpus,
    )
