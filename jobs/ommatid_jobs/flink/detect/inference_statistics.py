"""Plain numbers about inference that Flink reads as gauges: counters changed by other threads are lost there."""

import math
import threading
from collections import deque

WINDOW = 512
"""Model calls over which quantiles and means are taken."""


class InferenceStatistics:
    """Counts and durations of model calls; any thread may record, any may read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[tuple[int, float]] = deque(maxlen=WINDOW)
        self._frames = 0
        self._dead_letters = 0

    def record_call(self, frames: int, duration_ms: float) -> None:
        """One call of a model with so many frames."""
        with self._lock:
            self._calls.append((frames, duration_ms))
            self._frames += frames

    def record_dead_letter(self) -> None:
        """One admitted frame that ended as a dead letter."""
        with self._lock:
            self._dead_letters += 1

    def frames(self) -> int:
        """Frames given to a model since the start."""
        return self._frames

    def dead_letters(self) -> int:
        """Admitted frames that became dead letters since the start."""
        return self._dead_letters

    def batch_size_mean_milli(self) -> int:
        """Mean frames in a call over the window, in thousandths: a gauge is a whole number."""
        with self._lock:
            sizes = [frames for frames, _ in self._calls]
        return round(1000 * sum(sizes) / len(sizes)) if sizes else 0

    def duration_ms(self, quantile: float) -> int:
        """Duration of a call, milliseconds, by the nearest-rank quantile over the window; 0 without calls."""
        with self._lock:
            durations = sorted(duration for _, duration in self._calls)
        if not durations:
            return 0
        return round(durations[math.ceil(quantile * len(durations)) - 1])
