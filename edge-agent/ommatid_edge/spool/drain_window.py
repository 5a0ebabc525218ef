"""How much of a backlog may be under way at once: as much as the uplink takes without making others wait.

Additive increase, multiplicative decrease (Chiu and Jain, 1989), steered by delay as in LEDBAT (RFC 6817): the
acknowledgement time of any frame, live or not, tells how long the queue in front of the broker is.
"""

from dataclasses import dataclass, replace

_SMALLEST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class DrainWindow:
    """State of the window.

    Attributes:
        largest_bytes: Bound of the window.
        latency_s: Acknowledgement time above which the window shrinks, seconds.
        window_bytes: Bytes of a backlog that may be under way now.
        probing: Whether the window still doubles per round trip, as nothing limited it yet.
        next_cut_s: Monotonic time before which it is not cut again: one cut shows in latencies only after a while.
    """

    largest_bytes: int
    latency_s: float
    window_bytes: int = 4 * _SMALLEST_BYTES
    probing: bool = True
    next_cut_s: float = 0.0


def after_acknowledgement(window: DrainWindow, size_bytes: int, took_s: float, at_s: float) -> DrainWindow:
    """The window after the broker acknowledged one frame.

    Args:
        window: State before.
        size_bytes: Size of the frame.
        took_s: Seconds from handing it over to its acknowledgement.
        at_s: Monotonic time, seconds.
    """
    if took_s > window.latency_s:
        if at_s < window.next_cut_s:
            return window
        halved = max(_SMALLEST_BYTES, window.window_bytes // 2)
        return replace(window, window_bytes=halved, probing=False, next_cut_s=at_s + window.latency_s)
    gained = size_bytes if window.probing else max(1, size_bytes * size_bytes // window.window_bytes)
    return replace(window, window_bytes=min(max(window.largest_bytes, _SMALLEST_BYTES), window.window_bytes + gained))
