"""Light that changed over the whole scene: a camera's exposure, a cloud, a lamp."""

import numpy as np
from numpy.typing import NDArray

_DARKEST = 16.0
"""Background luma below which noise makes a ratio meaningless."""

_BRIGHTEST = 250.0
"""Luma from which a pixel may be clipped."""

_USABLE = 0.25
"""Share of the pixels that must allow a ratio; fewer may all be of one thing that moves."""

_DIMMEST = 0.01
"""Least factor that is told apart from darkness."""

_SMALL_CHANGE = 0.05
"""A gain this close to 1 is believed unproved: a wrong one hardly hides or shows anything."""


def lit(background: NDArray[np.float32], seen: NDArray[np.float32], threshold: float) -> float:
    """By which factor the light on the background has changed.

    The median of the ratio over every third pixel of every third row: what moves does not reach it, and a lamp, an
    aperture or a gain does. A factor that leaves more pixels unexplained than no factor at all is
    not light: half a scene lit anew has a median in between.

    Args:
        background: (h, w) float32 luma.
        seen: (h, w) float32 luma of the same scene.
        threshold: Luma difference from which a pixel is unexplained.

    Returns:
        Factor above 0; 1.0 where nothing can be said.
    """
    before, after = background[::3, ::3], seen[::3, ::3]
    usable = (before > _DARKEST) & (after < _BRIGHTEST)
    if np.count_nonzero(usable) < _USABLE * usable.size:
        return 1.0
    before, after = before[usable], after[usable]
    gain = max(_DIMMEST, float(np.median(after / before)))
    if abs(gain - 1.0) <= _SMALL_CHANGE:
        return gain
    unexplained = np.count_nonzero(np.abs(after - before * np.float32(gain)) > threshold)
    return gain if unexplained <= np.count_nonzero(np.abs(after - before) > threshold) else 1.0
