"""The condition of one camera's connection, as its thread knows it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ommatid_schemas.events import CameraState, Tampering


@dataclass(frozen=True, slots=True)
class Condition:
    """State of the connection; counts begin with the process that watches the camera.

    Attributes:
        state: State.
        since_us: Time of its last change, us UTC.
        connections: Connections that gave a frame.
        faults: Faults of the agent itself while it served this camera.
        clock_offset_us: Camera's clock minus arrival, microseconds; None without sender reports.
        clock_drift_ppm: Change of that offset, microseconds per second; None while unknown.
        clock_jumps: Sudden changes of that offset.
        gear: How much is decoded; empty before the first frame.
        key_frame_distance_us: Time between two key frames as seen in the stream, microseconds; None while unknown.
        tampering: What is wrong with the picture, and since when, us UTC.
    """

    state: CameraState
    since_us: int
    connections: int = 0
    faults: int = 0
    clock_offset_us: int | None = None
    clock_drift_ppm: float | None = None
    clock_jumps: int = 0
    gear: str = ""
    key_frame_distance_us: int | None = None
    tampering: Mapping[Tampering, int] = field(default_factory=dict[Tampering, int])

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return max(0, self.connections - 1)


class CameraReporter:
    """Keeps the condition of one camera and tells it on: a new state at once, the rest when ``flush`` is called.

    Args:
        camera_id: Camera.
        now_us: Wall clock, us UTC.
        tell: Takes the camera and its condition, in order; quick, from any thread.
    """

    def __init__(self, camera_id: str, now_us: Callable[[], int], tell: Callable[[str, Condition], None]) -> None:
        self.camera_id = camera_id
        self._now_us = now_us
        self._tell = tell
        # Re-entrant, and held while telling: conditions must not overtake each other.
        self._lock = threading.RLock()
        self._condition = Condition(CameraState.CONNECTING, now_us())
        self._told: Condition | None = None
        self._jumps_before = 0

    @property
    def condition(self) -> Condition:
        """Condition now."""
        with self._lock:
            return self._condition

    def renew(self) -> None:
        """The camera is connected to afresh, by a new thread with a new handler; counts go on."""
        with self._lock:
            self._jumps_before = self._condition.clock_jumps
            self._change(gear="", key_frame_distance_us=None, clock_offset_us=None, clock_drift_ppm=None, tampering={})
            self.enter(CameraState.CONNECTING)

    def enter(self, state: CameraState) -> None:
        """Change the state; entering the same state again changes nothing."""
        with self._lock:
            if state is not self._condition.state:
                self._change(state=state, since_us=self._now_us())
                self.flush()

    def opened(self) -> None:
        """A connection gave its first frame."""
        with self._lock:
            self._change(connections=self._condition.connections + 1)
            self.enter(CameraState.STREAMING)

    def fault(self) -> None:
        """The agent itself failed at this camera."""
        with self._lock:
            self._change(faults=self._condition.faults + 1)

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        """What the camera's clock was last seen to do; ``jumps`` counts all since the last ``renew``."""
        self._change(clock_offset_us=offset_us, clock_drift_ppm=drift_ppm, clock_jumps=self._jumps_before + jumps)

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        """How much of the stream is decoded now, and how far apart its key frames are."""
        self._change(gear=name, key_frame_distance_us=key_frame_distance_us)

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        """What is wrong with the picture now, and since when."""
        self._change(tampering=dict(found))

    def flush(self) -> None:
        """Tell the condition on if it has changed since it was told."""
        with self._lock:
            if self._condition != self._told:
                self._told = self._condition
                self._tell(self.camera_id, self._condition)

    def _change(self, **values: Any) -> None:
        with self._lock:
            self._condition = replace(self._condition, **values)
