"""What the agent knows of one camera at this moment, for status, metrics and summary."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from ommatid_edge.camera_condition import Condition
from ommatid_edge.frame_counters import FrameCounters, FrameTotals
from ommatid_schemas.events import CameraState, CameraStatus


@dataclass(frozen=True, slots=True)
class _Before:
    """Counts of earlier processes that watched the camera."""

    connections: int = 0
    faults: int = 0
    clock_jumps: int = 0


class CameraMonitor:
    """Counters and condition of one camera over all processes that watched it; safe from several threads.

    Args:
        camera_id: Camera.
        now_us: Wall clock, us UTC.
        on_change: Told after each change of state.
    """

    def __init__(
        self,
        camera_id: str,
        now_us: Callable[[], int],
        on_change: Callable[["CameraMonitor"], None] = lambda _: None,
    ) -> None:
        self.camera_id = camera_id
        self.counters = FrameCounters()
        self._now_us = now_us
        self._on_change = on_change
        self._lock = threading.Lock()
        self._watched = False
        self._before = _Before()
        self._condition = Condition(CameraState.DISABLED, now_us())

    @property
    def condition(self) -> Condition:
        """Condition now; its counts are those since the agent started."""
        with self._lock:
            return self._condition

    def totals(self) -> FrameTotals:
        """Frames so far."""
        return self.counters.totals()

    def watch(self) -> None:
        """The camera is watched from now on."""
        with self._lock:
            self._watched = True
        self._enter(CameraState.CONNECTING)

    def leave(self) -> None:
        """The camera is not watched any more; what its process still tells of it is passed over."""
        with self._lock:
            self._watched = False
        self._enter(CameraState.DISABLED)

    def show(self, told: Condition) -> None:
        """Take over what the camera's process tells."""
        with self._lock:
            if not self._watched:
                return
            before, changed = self._before, told.state is not self._condition.state
            self._condition = replace(
                told,
                connections=before.connections + told.connections,
                faults=before.faults + told.faults,
                clock_jumps=before.clock_jumps + told.clock_jumps,
            )
        if changed:
            self._on_change(self)

    def lost(self) -> None:
        """The camera's process is gone; the next one counts from zero."""
        with self._lock:
            it = self._condition
            self._before = _Before(it.connections, it.faults, it.clock_jumps)
            self._condition = replace(
                it, clock_offset_us=None, clock_drift_ppm=None, gear="", key_frame_distance_us=None, tampering={}
            )
            watched = self._watched
        if watched:
            self._enter(CameraState.BACKING_OFF)

    def status(self, agent_id: str) -> CameraStatus:
        """Status as it is published."""
        condition, totals = self.condition, self.totals()
        return CameraStatus(
            camera_id=self.camera_id,
            agent_id=agent_id,
            state=condition.state,
            since_us=condition.since_us,
            reported_at_us=self._now_us(),
            reconnects=condition.reconnects,
            frames_captured=totals.captured,
            frames_published=sum(totals.published.values()),
            frames_dropped={str(reason): count for reason, count in totals.dropped.items()},
            tampering={str(it): since_us for it, since_us in condition.tampering.items()},
        )

    def _enter(self, state: CameraState) -> None:
        with self._lock:
            if state is self._condition.state:
                return
            self._condition = replace(self._condition, state=state, since_us=self._now_us())
        self._on_change(self)
