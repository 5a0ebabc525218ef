"""The clocks of the workers; operators take what they read as an argument."""

import time


def epoch_us() -> int:
    """Current time, microseconds since the Unix epoch."""
    return time.time_ns() // 1000


def monotonic_ms() -> float:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic() * 1000
