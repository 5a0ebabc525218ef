"""One camera group in the agent: its cameras, its process, and what happens when that dies."""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from ommatid_edge.backoff import RetryPolicy
from ommatid_edge.camera_group.bounds import GroupBounds, RestartReason
from ommatid_edge.camera_group.messages import (
    Alive,
    Begin,
    Command,
    GroupSettings,
    OpenEvent,
    ReplanCamera,
    RunCamera,
    Stop,
    StopCamera,
)
from ommatid_edge.camera_group.process import GroupProcess
from ommatid_edge.camera_group.process_life import Inbox, ProcessLife
from ommatid_edge.camera_plan import CameraPlan

_log = structlog.get_logger(__name__)

_END_S = 5.0


@dataclass(frozen=True, slots=True)
class GroupSurroundings:
    """What a group needs of the outside.

    Attributes:
        start: Starts a process.
        retry: When to start the next one.
        draw: Random numbers in [0, 1).
        monotonic_s: Monotonic clock, seconds.
    """

    start: Callable[[], GroupProcess]
    retry: RetryPolicy
    draw: Callable[[], float]
    monotonic_s: Callable[[], float]


@dataclass(frozen=True, slots=True)
class GroupCondition:
    """A group at this moment.

    Attributes:
        number: Number of the group.
        pid: Its process; None while there is none.
        up: Whether the process was heard of.
        cameras: Number of its cameras.
        restarts: How often it was started again, by reason.
        alive: Last sign of life of the present process.
    """

    number: int
    pid: int | None
    up: bool
    cameras: int
    restarts: Mapping[RestartReason, int]
    alive: Alive | None


class CameraGroup:
    """Keeps one process running that watches the group's cameras.

    Args:
        settings: What the process is told first.
        bounds: What it keeps to.
        inbox: Takes its reports.
        surroundings: The outside.
    """

    def __init__(
        self, settings: GroupSettings, bounds: GroupBounds, inbox: Inbox, surroundings: GroupSurroundings
    ) -> None:
        self._settings = settings
        self._bounds = bounds
        self._inbox = inbox
        self._outside = surroundings
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._plans: dict[str, CameraPlan] = {}
        self._events: dict[str, OpenEvent] = {}
        self._process: GroupProcess | None = None
        self._alive: Alive | None = None
        self._restarts: Counter[RestartReason] = Counter()

    @property
    def condition(self) -> GroupCondition:
        """Condition now."""
        with self._lock:
            pid = None if self._process is None else self._process.pid
            restarts = dict(self._restarts)
            return GroupCondition(
                self._settings.number, pid, self._alive is not None, len(self._plans), restarts, self._alive
            )

    def run_camera(self, plan: CameraPlan) -> None:
        """Watch a camera from now on, or connect to it again."""
        with self._lock:
            self._plans[plan.camera_id] = plan
            self._watch(plan)

    def replan(self, plan: CameraPlan) -> None:
        """Change the numbers of a camera; it stays connected."""
        with self._lock:
            self._plans[plan.camera_id] = plan
            self._send(ReplanCamera(plan))

    def stop_camera(self, camera_id: str) -> None:
        """Watch a camera no more."""
        with self._lock:
            self._plans.pop(camera_id, None)
            self._events.pop(camera_id, None)
            self._send(StopCamera(camera_id))

    def open_event(self, event: OpenEvent) -> None:
        """Pass a trigger on; the latest one of each camera is repeated when the camera is connected to afresh."""
        with self._lock:
            if event.camera_id in self._plans:
                self._events[event.camera_id] = event
                self._send(event)

    def stop(self) -> None:
        """Ask the process to end in order; ``run`` returns once everything it had to tell is taken."""
        self._stopping.set()
        with self._lock:
            self._send(Stop())

    def kill(self) -> None:
        """End the process at once; ``run`` returns soon."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def run(self) -> None:
        """Keep the process running until ``stop``; the loop of one thread."""
        failures = 0
        while not self._stopping.is_set():
            began_s = self._outside.monotonic_s()
            reason, how = self._live()
            if self._stopping.is_set():
                return
            failures = self._outside.retry.failures(failures, self._outside.monotonic_s() - began_s)
            delay_s = self._outside.retry.delay_s(failures, self._outside.draw(), unauthorised=False)
            self._count(reason, how, delay_s)
            self._stopping.wait(delay_s)

    def _live(self) -> tuple[RestartReason, str]:
        """One process from start to end; returns why and how it ended."""
        try:
            process = self._start()
        except OSError as exc:
            return RestartReason.NOT_STARTED, f"not to be started ({exc.strerror})"
        life = ProcessLife(self._settings.number, process, self._bounds, self._inbox, self._outside.monotonic_s)
        reason = life.listen(self._heard)
        with self._lock:
            self._process = self._alive = None
            lost = tuple(self._plans)
        how = process.wait(_END_S)
        if not self._stopping.is_set():
            self._inbox.lost(lost)
        return reason, how

    def _start(self) -> GroupProcess:
        process = self._outside.start()
        with self._lock:
            self._process = process
            self._send(Begin(self._settings))
            for plan in self._plans.values():
                self._watch(plan)
            if self._stopping.is_set():
                self._send(Stop())
            return process

    def _heard(self, alive: Alive) -> None:
        with self._lock:
            self._alive = alive

    def _count(self, reason: RestartReason, how: str, delay_s: float) -> None:
        with self._lock:
            self._restarts[reason] += 1
            cameras = len(self._plans)
        _log.error(
            "camera group lost",
            group=self._settings.number,
            reason=f"camera group {self._settings.number}: expected its process to run, found it {how}; "
            f"its {cameras} camera(s) connect again with the next one",
            retry_in_s=round(delay_s, 1),
        )

    def _watch(self, plan: CameraPlan) -> None:
        """Have a camera watched from the start, with what a trigger asked of it; only with the lock held."""
        self._send(RunCamera(plan))
        event = self._events.get(plan.camera_id)
        if event is not None:
            self._send(event)

    def _send(self, command: Command) -> None:
        """Send to the process, if there is one; only with the lock held."""
        if self._process is not None:
            self._process.send(command)
