"""What is known of one camera at this moment, for status, metrics and summary."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from ommatid_edge.frame_counters import FrameCounters, FrameTotals
from ommatid_schemas.events import CameraState, CameraStatus


@dataclass(frozen=True, slots=True)
class Condition:
    """State of the connection.

    Attributes:
        state: State.
        since_us: Time of its last change, us UTC.
        reconnects: Connections opened after the first.
        clock_offset_us: Camera's clock minus arrival, microseconds; None without sender reports.
        faults: Faults of the agent itself while it served this camera.
    """

    state: CameraState
    since_us: int
    reconnects: int = 0
    clock_offset_us: int | None = None
    faults: int = 0


class CameraMonitor:
    """Counters and condition of one camera; written by its thread, read by others.

    Args:
        camera_id: Camera.
        now_us: Wall clock, us UTC.
        state: First state.
        on_change: Told after each change of state.
    """

    def __init__(
        self,
        camera_id: str,
        now_us: Callable[[], int],
        state: CameraState = CameraState.CONNECTING,
        on_change: Callable[["CameraMonitor"], None] = lambda _: None,
    ) -> None:
        self.camera_id = camera_id
        self.counters = FrameCounters()
        self._now_us = now_us
        self._on_change = on_change
        self._lock = threading.Lock()
        self._condition = Condition(state, now_us())
        self._opened = 0

    @property
    def condition(self) -> Condition:
        """Condition now."""
        with self._lock:
            return self._condition

    def totals(self) -> FrameTotals:
        """Frames so far."""
        return self.counters.totals()

    def enter(self, state: CameraState) -> None:
        """Change the state; entering the same state again changes nothing."""
        with self._lock:
            if state is self._condition.state:
                return
            self._condition = replace(self._condition, state=state, since_us=self._now_us())
        self._on_change(self)

    def opened(self) -> None:
        """A connection gave its first frame."""
        with self._lock:
            self._opened += 1
            self._condition = replace(self._condition, reconnects=self._opened - 1)
        self.enter(CameraState.STREAMING)

    def clock_offset(self, offset_us: int | None) -> None:
        """Keep the last measured clock offset, microseconds."""
        with self._lock:
            self._condition = replace(self._condition, clock_offset_us=offset_us)

    def fault(self) -> None:
        """The agent itself failed at this camera."""
        with self._lock:
            self._condition = replace(self._condition, faults=self._condition.faults + 1)

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
        )
