"""What waits for the models of a worker, and how long they take: written by inference, read by the sampler."""

import threading
from collections import defaultdict
from functools import cache

from ommatid_schemas.events import FrameEvent

_WEIGHT = 0.2
"""Of the newest call in the mean: a dozen calls forget a slow first one."""


class ModelQueue:
    """Frames that were admitted and are not answered yet, and the pace of each detector.

    Safe for threads. It lives as long as its process does: after a restart nothing waits.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._captured_us: defaultdict[str, set[int]] = defaultdict(set)
        self._frame_ms: dict[str, float] = {}

    def add(self, frame: FrameEvent) -> None:
        """Note a frame that goes to the model."""
        with self._lock:
            self._captured_us[frame.camera_id].add(frame.captured_at_us)

    def remove(self, frame: FrameEvent) -> None:
        """Forget a frame that was answered, with whatever result; one that is not there does no harm."""
        with self._lock:
            waiting = self._captured_us.get(frame.camera_id, set())
            waiting.discard(frame.captured_at_us)
            if not waiting:
                self._captured_us.pop(frame.camera_id, None)

    def clear(self) -> None:
        """Forget what waits: the models are gone."""
        with self._lock:
            self._captured_us.clear()

    def waiting_us(self, camera_id: str) -> frozenset[int]:
        """Capture times of a camera's waiting frames, microseconds since the epoch."""
        with self._lock:
            return frozenset(self._captured_us.get(camera_id, ()))

    def record_batch(self, detector: str, frames: int, duration_ms: float) -> None:
        """Note how long a batch took, from the first decoded byte to the last answer."""
        frame_ms = duration_ms / frames
        with self._lock:
            before_ms = self._frame_ms.get(detector, frame_ms)
            self._frame_ms[detector] = before_ms + _WEIGHT * (frame_ms - before_ms)

    def frame_ms(self, detector: str) -> float | None:
        """Mean time for one frame, milliseconds; None before the first batch."""
        with self._lock:
            return self._frame_ms.get(detector)


@cache
def model_queue(settings_json: str) -> ModelQueue:
    """The queue of a deployment in this process: sampler and inference are chained into one, and opened one by one.

    Should several subtasks run in one process, they share it as well: a camera belongs to one of them.

    Args:
        settings_json: Tells deployments apart; both functions of a job have the same.
    """
    del settings_json
    return ModelQueue()
