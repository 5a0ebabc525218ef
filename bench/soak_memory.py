"""Does memory grow? A slope with its confidence interval, and a verdict that may also be that the run cannot tell.

Processes that serve are never quite still: groups of cameras swing by some MB, and free memory that the allocator keeps
rises to its high-water mark. Hence:

- Resident memory is averaged over blocks of 30 s, longer than the swings last: in a soak of 45 minutes the means of
  blocks that follow each other had a correlation of -0.2 to 0.4 in the groups.
- The slope is the median of the slopes between all pairs of blocks (Theil, 1950), which a single step hardly moves, and
  its 95 % interval comes from the distribution of Kendall's statistic (Sen, 1968), which assumes no normality.
- The verdict is a test of equivalence (Schuirmann, 1987) and not of difference, which any run would pass that is short
  or noisy enough. ``flat``: even the upper end of the interval is below 0.5 % of the memory in ten minutes. ``grows``:
  the lower end is above 0 and the upper end above that bound. ``cannot tell``: the interval holds both; run longer.

Ten minutes with 60 cameras cannot tell for the groups, whose interval is then wider than the bound; thirty can.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from statistics import fmean, median
from typing import Any

BLOCK_S = 30.0
_FLAT_SHARE_PER_H = 0.005 * 6
_FEWEST_BLOCKS = 4
_TWO_SIDED_95 = 1.959964
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Reading:
    """Resident memory at one moment: monotonic time in seconds, and bytes."""

    at_s: float
    rss_bytes: int


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth in MB per hour, and its 95 % interval."""

    mb_per_h: float
    lower: float
    upper: float


def memory(roles: Mapping[str, Sequence[Reading]]) -> dict[str, Any]:
    """What each role's memory did in one stretch of time."""
    return {role: _figures(readings) for role, readings in roles.items()}


def slope_of(readings: Sequence[Reading]) -> Slope | None:
    """Growth over a stretch of time; None when it is too short to be told."""
    blocks = _blocks(readings)
    if len(blocks) < _FEWEST_BLOCKS:
        return None
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(blocks, 2))
    n, pairs = len(blocks), len(slopes)
    spread = _TWO_SIDED_95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    lower = max(0, math.floor((pairs - spread) / 2))
    return Slope(median(slopes), slopes[lower], slopes[pairs - 1 - lower])


def verdict(slope: Slope | None, mean_mb: float) -> str:
    """``flat``, ``grows`` or ``cannot tell``."""
    if slope is None:
        return "cannot tell"
    if slope.upper <= _FLAT_SHARE_PER_H * mean_mb:
        return "flat"
    return "grows" if slope.lower > 0 else "cannot tell"


def _blocks(readings: Sequence[Reading]) -> list[tuple[float, float]]:
    """Mean time in hours and mean MB of each block."""
    began_s = readings[0].at_s
    blocks = (list(block) for _, block in groupby(readings, lambda it: int((it.at_s - began_s) / BLOCK_S)))
    return [(fmean(it.at_s for it in block) / 3600, fmean(it.rss_bytes for it in block) / _MB) for block in blocks]


def _figures(readings: Sequence[Reading]) -> dict[str, Any]:
    slope, mean_mb = slope_of(readings), fmean(it.rss_bytes for it in readings) / _MB
    return {
        "rss_mean_mb": round(mean_mb, 1),
        "slope_mb_per_h": None if slope is None else round(slope.mb_per_h, 2),
        "slope_95_mb_per_h": None if slope is None else [round(slope.lower, 2), round(slope.upper, 2)],
        "flat_up_to_mb_per_h": round(_FLAT_SHARE_PER_H * mean_mb, 2),
        "verdict": verdict(slope, mean_mb),
    }
