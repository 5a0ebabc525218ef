"""When the next request may start: the generic cell rate algorithm (ITU-T I.371, virtual scheduling). Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests per second in the mean, and so many at once.

    In any ``t`` seconds at most ``burst + per_s * t`` requests start.

    Attributes:
        per_s: Requests per second, above 0.
        burst: Requests that may start together after a pause, 1 or more.
    """

    per_s: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class RateState:
    """Theoretical arrival time of the next request, seconds; any monotonic clock."""

    next_s: float = 0.0


def take_turn(
    limit: RateLimit, state: RateState, now_s: float, longest_wait_s: float
) -> tuple[RateState, float | None]:
    """Take the next turn.

    Args:
        limit: The limit.
        state: Turns that are taken already.
        now_s: Seconds on the clock of the state.
        longest_wait_s: A turn further away than this is not taken.

    Returns:
        The state, and how long to wait for the turn, seconds; None when that would be too long.
    """
    interval_s = 1 / limit.per_s
    next_s = max(state.next_s, now_s)
    wait_s = max(0.0, next_s - (limit.burst - 1) * interval_s - now_s)
    if wait_s > longest_wait_s:
        return state, None
    return RateState(next_s + interval_s), wait_s
