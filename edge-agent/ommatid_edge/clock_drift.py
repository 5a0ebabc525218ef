"""How a camera's clock moves against this machine's: drift and jumps, from offsets that network delay blurs; pure.

Delay only ever makes the camera's clock look late, so the largest offset within a window is the one
that is blurred least (the clock filter of NTP, RFC 5905 section 10, takes the sample of least delay
for the same reason). Drift is the median slope between these (Theil 1950, Sen 1968), which a few bad
windows do not bend.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median

WINDOW_US = 5_000_000
"""Length of a window, microseconds."""

JUMP_US = 500_000
"""Change of the offset from one window to the next from which the clock has jumped, microseconds."""

_REMEMBERED = 40
_FEWEST = 13


@dataclass(frozen=True, slots=True)
class Offset:
    """A camera's clock minus this machine's, microseconds, at a time, us UTC."""

    at_us: int
    offset_us: int


@dataclass(frozen=True, slots=True)
class DriftState:
    """What is known of one camera's clock.

    Attributes:
        started_at_us: Begin of the present window, us UTC; None before the first offset.
        best: Offset of least delay within it.
        suspect: Best offset of the last window, if it was far from the one before: a jump if the next one confirms
            it, else a network that stood still.
        levels: Best offsets of the windows since the last jump, oldest first; about three minutes.
        drift_ppm: Change of the offset, microseconds per second; None before a minute has passed since the last jump.
        jumps: Jumps so far.
        jumped_by_us: Change of the offset at the last jump, microseconds.
    """

    started_at_us: int | None = None
    best: Offset = Offset(0, 0)
    suspect: Offset | None = None
    levels: tuple[Offset, ...] = ()
    drift_ppm: float | None = None
    jumps: int = 0
    jumped_by_us: int = 0


def measured(state: DriftState, at_us: int, offset_us: int) -> DriftState:
    """Take note of one offset.

    Args:
        state: State after the last offset.
        at_us: Arrival of the frame that showed it, us UTC.
        offset_us: The camera's clock minus arrival, microseconds.
    """
    found = Offset(at_us, offset_us)
    if state.started_at_us is None:
        return replace(state, started_at_us=at_us, best=found)
    if 0 <= at_us - state.started_at_us < WINDOW_US:
        return state if offset_us <= state.best.offset_us else replace(state, best=found)
    return replace(_closed(state), started_at_us=at_us, best=found)


def _closed(state: DriftState) -> DriftState:
    """The state with its present window among the levels."""
    if not state.levels:
        return replace(state, levels=(state.best,))
    changed_us = state.best.offset_us - state.levels[-1].offset_us
    if abs(changed_us) > JUMP_US:
        if state.suspect is None or abs(state.best.offset_us - state.suspect.offset_us) > JUMP_US:
            return replace(state, suspect=state.best)
        return DriftState(levels=(state.best,), jumps=state.jumps + 1, jumped_by_us=changed_us)
    levels = (*state.levels, state.best)[-_REMEMBERED:]
    drift_ppm = _slope_ppm(levels) if len(levels) >= _FEWEST else None
    return replace(state, suspect=None, levels=levels, drift_ppm=drift_ppm)


def _slope_ppm(levels: tuple[Offset, ...]) -> float | None:
    slopes = [
        1e6 * (later.offset_us - earlier.offset_us) / (later.at_us - earlier.at_us)
        for earlier, later in combinations(levels, 2)
        if later.at_us > earlier.at_us
    ]
    return median(slopes) if slopes else None
