"""Is a picture black, frozen, blurred, or of another view? Measured now and then against the camera's own history.

* *Black*: hardly any contrast. A cap, a bag, spray, or no light at all.
* *Frozen*: next to no sampled pixel differs from the view before, for a minute, though usually many do. A camera
  whose picture never changes, without noise, cannot be told from a frozen one and is never called so.
* *Blurred*: much less fine structure among all structure than usual. Light, contrast and noise hardly matter.
* *Moved*: edges are elsewhere than usual. Of light that changes most edges are left, of a camera that was turned few.

What is suspected must last before it counts, and nothing is learnt meanwhile. After an hour the new picture is the
usual one, and what was found is over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ommatid_edge.tampering.memory import Usual, changed_share, first, learnt, likeness
from ommatid_edge.tampering.view import View
from ommatid_schemas.events import Tampering

LOOK_INTERVAL_US = 10_000_000
"""Time between two looks, microseconds."""

_BLACK_CONTRAST = 5.0
_DIM_CONTRAST = 8.0
"""Contrast below which edges are mostly noise: neither blurred nor moved can be told."""

_BLURRED_SHARPNESS = 0.7
_MOVED_LIKENESS = 0.35
_LEAST_LIVELINESS = 0.1
_FROZEN_LIVELINESS = 0.05
"""Shares of what is usual; of the liveliness that a camera must usually have, share of all pixels."""

_LASTS_US: Mapping[Tampering, int] = {
    Tampering.BLACK: 20_000_000,
    Tampering.FROZEN: 60_000_000,
    Tampering.BLURRED: 30_000_000,
    Tampering.MOVED: 30_000_000,
}
_CLEAR_LOOKS = 2
_LONGEST_GAP_US = 60_000_000
_USUAL_AFTER_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something that looks wrong.

    Attributes:
        since_us: Time of the first look that showed it.
        clear: Looks in a row since that did not.
    """

    since_us: int
    clear: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class TamperState:
    """What is remembered of one camera.

    Attributes:
        looked_at_us: Time of the last look; 0 before the first.
        sample: Sampled pixels of that look.
        usual: How the picture usually is; None before the first look.
        suspicions: What looks wrong.
        found: What is wrong, and since when.
    """

    looked_at_us: int = 0
    sample: NDArray[np.uint8] | None = None
    usual: Usual | None = None
    suspicions: Mapping[Tampering, Suspicion] = field(default_factory=dict[Tampering, Suspicion])
    found: Mapping[Tampering, int] = field(default_factory=dict[Tampering, int])


def is_due(state: TamperState, at_us: int) -> bool:
    """Whether it is time for another look; a clock that went back does not delay it."""
    return not 0 <= at_us - state.looked_at_us < LOOK_INTERVAL_US


def looked(state: TamperState, seen: View, at_us: int) -> TamperState:
    """Take another look.

    Args:
        state: State after the last look.
        seen: What this one shows.
        at_us: Its time, microseconds.
    """
    usual = state.usual
    if usual is None or state.sample is None or usual.edges.shape != seen.edges.shape:
        return TamperState(at_us, seen.sample, first(seen))
    elapsed_us = at_us - state.looked_at_us
    liveliness = changed_share(state.sample, seen.sample)
    suspicions = _suspicions(state, set(_wrong(usual, seen, liveliness)), at_us)
    found = {it: seen_as.since_us for it, seen_as in suspicions.items() if _lasted(state, it, seen_as, at_us)}
    if any(at_us - since_us > _USUAL_AFTER_US for it, since_us in found.items() if it is not Tampering.BLACK):
        return TamperState(at_us, seen.sample, first(seen))
    if not suspicions and seen.contrast >= _DIM_CONTRAST:
        usual = learnt(usual, seen, liveliness, elapsed_us)
    return replace(state, looked_at_us=at_us, sample=seen.sample, usual=usual, suspicions=suspicions, found=found)


def _wrong(usual: Usual, seen: View, liveliness: float) -> Iterator[Tampering]:
    if seen.contrast < _BLACK_CONTRAST:
        yield Tampering.BLACK
        return
    if not usual.known:
        return
    if usual.liveliness >= _LEAST_LIVELINESS and liveliness <= _FROZEN_LIVELINESS * usual.liveliness:
        yield Tampering.FROZEN
    if seen.contrast < _DIM_CONTRAST:
        return
    if seen.sharpness < _BLURRED_SHARPNESS * usual.sharpness:
        # A blurred picture has its edges elsewhere.
        yield Tampering.BLURRED
    elif likeness(usual, seen) < _MOVED_LIKENESS:
        yield Tampering.MOVED


def _suspicions(state: TamperState, wrong: set[Tampering], at_us: int) -> dict[Tampering, Suspicion]:
    gap = not 0 <= at_us - state.looked_at_us <= _LONGEST_GAP_US
    after: dict[Tampering, Suspicion] = {}
    for it in Tampering:
        before = state.suspicions.get(it)
        if before is not None and gap and it not in state.found:
            before = None
        if it in wrong:
            after[it] = Suspicion(at_us) if before is None else replace(before, clear=0)
        elif before is not None and it in state.found and before.clear + 1 < _CLEAR_LOOKS:
            after[it] = replace(before, clear=before.clear + 1)
    return after


def _lasted(state: TamperState, it: Tampering, suspicion: Suspicion, at_us: int) -> bool:
    return it in state.found or at_us - suspicion.since_us >= _LASTS_US[it]
