"""Does the scene move? A running-average difference on small luma, with explicit state.

Luma is scaled to 100 px height and compared with a running average; what differs is grouped into patches.
The names of the settings follow what camera people know from Frigate's ``motion``. Four memories keep
apart what moves and what only changes:

* *Light.* The background is multiplied by the median ratio to the frame, so that exposure and clouds
  never build up a difference. A large step is reported as one scene change. What is left of uneven light
  is smooth, so a pixel must also differ from its surroundings.
* *Restlessness.* Each pixel remembers its mean absolute difference; three times that is added to the
  threshold. A pixel that differs by d for a share p of the time goes quiet once 3 p d + threshold > d: a
  branch (p about a half) does within twenty seconds, a path that people use (p below a fifth) does not.
* *Specks.* Rain, snow and sensor noise are many small patches at once, elsewhere in each frame. While
  a scene is speckled, a small patch counts only where it also was in the frame before.
* *Time.* All memories age by elapsed time, not by frames, so that the same numbers hold whether
  every frame is seen or only key frames.

Somebody who stays at one place and keeps moving goes quiet like a branch. They were seen when they
came, and what a detector found in that frame opens the event layer of sampling, which needs no gate.
"""

from dataclasses import dataclass, replace
from math import log

import cv2
import numpy as np
from numpy.typing import NDArray

from ommatid_edge.gate import (
    HEIGHT_PX,
    GateSettings,
    GateState,
    Observation,
    Patches,
    SceneMemory,
    gate_shape,
    lit,
    patches,
    small_luma,
)

__all__ = ["HEIGHT_PX", "GateSettings", "GateState", "Observation", "SceneMemory", "gate_shape", "observe"]

_RESTLESS_NEIGHBOURS = np.ones((3, 3), np.uint8)
_RESTLESS_WEIGHT = np.float32(3.0)
_QUIET_LEVELS = np.float32(0.5)
"""Restlessness of a clean sensor, for which the threshold alone suffices."""

_SURROUNDINGS_PX = (31, 31)
"""Pixels around one that it is compared with: wider than a person at 100 px height, narrower than uneven light."""

_SPECK_PX = 30
"""Area up to which a patch may be a rain drop ..."""

_LARGE_PX = 80
"""... and from which it is none, unless it is among many."""

_SPECKS_IN_ONE_FRAME = 4
_SPECKS_ON_AVERAGE = 0.7
_SPECKS_OF_A_DOWNPOUR = 10
"""So many are no crowd: drops run together, and even a large patch may be some of them."""

_PERSISTING_SPECKS = 1.4
"""How many times the median drop must have changed twice in a row: drops overlap by chance."""

_CONSECUTIVE_US = 500_000
"""Frames at most this far apart show what moves at nearly the same place."""

_UNCLEAR_HOLD_US = 500_000

_UNEASY_LEVELS = np.float32(8.0)
_UNEASY_SHARE = 0.015
"""Share of pixels beyond these levels of restlessness that hides from packet sizes that somebody comes ..."""

_UNEASY_DRIFT = 0.02
"""... and change of the light, as the logarithm of its factor per second, that does."""

_DRIFT_HALF_LIFE_US = 2_000_000
_NEW_SCENE_US = 15_000_000
"""How long another scene, or the same one under other light, is new; the sizes of its packets are."""


_LONGEST_LESSON_US = 2_000_000
"""One frame stands for at most this long a time in the slow memories."""


def observe(
    settings: GateSettings,
    state: GateState,
    luma: NDArray[np.uint8],
    at_us: int,
    masked: NDArray[np.bool_] | None = None,
) -> Observation:
    """Compare one frame with what is remembered, and learn from it.

    Args:
        settings: Sensitivity.
        state: State after the last frame of this camera.
        luma: (H, W) uint8, full-size luma plane.
        at_us: Capture time of the frame; any distance to the last one.
        masked: Bool array of ``gate_shape(W, H)``; pixels that are True are never looked at.
    """
    seen = small_luma(luma, masked)
    memory = state.memory
    if memory is None or memory.background.shape != seen.shape:
        first = GateState(_remember(seen, np.zeros_like(seen)), at_us)
        return Observation(first, 0.0, moving=False, scene_changed=False)
    gain = lit(memory.background, seen, settings.threshold)
    frame = _compare(settings, memory, seen, memory.background * np.float32(gain), at_us)
    score = _share(frame.changed, masked)
    if score >= settings.lightning_threshold or abs(log(gain)) >= settings.light_step:
        score = _share(np.abs(seen - memory.background) > settings.threshold, masked)
        started_over = _start_over(settings, state, memory, seen, at_us)
        return Observation(started_over, score, moving=False, scene_changed=True)
    if _within(at_us, state.settling_until_us, settings.settle_us):
        follows = replace(state, memory=_remember(seen, memory.restless), seen_at_us=at_us)
        return Observation(follows, score, moving=False, scene_changed=False)
    drift = _drift(state, at_us, gain)
    return _judge(settings, replace(state, drift=drift), memory, frame, score)


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame against the background under its light; (h, w) arrays."""

    at_us: int
    expected: NDArray[np.float32]
    differs: NDArray[np.float32]
    limit: NDArray[np.float32]
    changed: NDArray[np.bool_]


def _compare(
    settings: GateSettings,
    memory: SceneMemory,
    seen: NDArray[np.float32],
    expected: NDArray[np.float32],
    at_us: int,
) -> _Frame:
    """Find the pixels that differ by more than the threshold and what they usually do."""
    differs = seen - expected
    restless = cv2.dilate(memory.restless, _RESTLESS_NEIGHBOURS).astype(np.float32, copy=False)
    limit = np.maximum(restless - _QUIET_LEVELS, 0) * _RESTLESS_WEIGHT + np.float32(settings.threshold)
    return _Frame(at_us, expected, differs, limit, np.abs(differs) > limit)


def _start_over(
    settings: GateSettings, state: GateState, memory: SceneMemory, seen: NDArray[np.float32], at_us: int
) -> GateState:
    """Another scene: only how restless each place is, and whether it rains, stay known."""
    return GateState(
        memory=_remember(seen, memory.restless),
        seen_at_us=at_us,
        settling_until_us=at_us + settings.settle_us,
        specks=state.specks,
    )


def _judge(settings: GateSettings, state: GateState, memory: SceneMemory, frame: _Frame, score: float) -> Observation:
    """Motion, rain or nothing, under steady light."""
    elapsed_us = max(0, frame.at_us - state.seen_at_us)
    distinct = _distinct(frame)
    found = patches(distinct, _SPECK_PX)
    downpour = found.specks >= _SPECKS_OF_A_DOWNPOUR
    large = found.largest_px >= max(_LARGE_PX, settings.contour_area) and not downpour
    specks = 0 if large else found.specks
    speckled = specks >= _SPECKS_IN_ONE_FRAME or state.specks >= _SPECKS_ON_AVERAGE
    moves = found.largest_px >= settings.contour_area
    unclear = moves and speckled and not large
    if unclear:
        moves = elapsed_us <= _CONSECUTIVE_US and _persists(settings, memory.changed & distinct, found)
    learnt = GateState(
        memory=_learn(settings, memory, frame, distinct, elapsed_us),
        seen_at_us=frame.at_us,
        moving_until_us=_held_until_us(settings, state, frame.at_us, unclear=unclear)
        if moves
        else state.moving_until_us,
        settling_until_us=state.settling_until_us,
        specks=state.specks + _lesson(elapsed_us, settings.specks_half_life_us) * (specks - state.specks),
        drift=state.drift,
    )
    moving = moves or _within(frame.at_us, state.moving_until_us, settings.hold_us)
    return Observation(
        learnt,
        score,
        moving=moving,
        scene_changed=False,
        unsure=not moves and (unclear or _uneasy(memory, learnt)),
    )


def _held_until_us(settings: GateSettings, state: GateState, at_us: int, *, unclear: bool) -> int:
    """End of the hold; what may be drops that overlapped by chance is held just long enough to be sampled."""
    if not unclear:
        return at_us + settings.hold_us
    held = _within(at_us, state.moving_until_us, settings.hold_us)
    return max(state.moving_until_us if held else 0, at_us + min(_UNCLEAR_HOLD_US, settings.hold_us))


def _distinct(frame: _Frame) -> NDArray[np.bool_]:
    """Changed pixels that differ from their surroundings too: uneven light and soft shadows do not."""
    if not frame.changed.any():
        return frame.changed
    local = frame.differs - cv2.blur(frame.differs, _SURROUNDINGS_PX)
    return frame.changed & (np.abs(local) > frame.limit)


def _persists(settings: GateSettings, again: NDArray[np.bool_], found: Patches) -> bool:
    """Whether pixels that changed twice in a row form a patch larger than drops that overlap by chance."""
    least_px = max(float(settings.contour_area), _PERSISTING_SPECKS * found.speck_px)
    return patches(again, 0).largest_px >= least_px


def _drift(state: GateState, at_us: int, gain: float) -> float:
    elapsed_us = at_us - state.seen_at_us
    if elapsed_us <= 0:
        return state.drift
    return state.drift + _lesson(elapsed_us, _DRIFT_HALF_LIFE_US) * (log(gain) * 1e6 / elapsed_us - state.drift)


def _uneasy(memory: SceneMemory, state: GateState) -> bool:
    """Whether packet sizes hardly tell that somebody comes: light or parts of the scene are restless, or all is new."""
    restless = np.count_nonzero(memory.restless > _UNEASY_LEVELS) > _UNEASY_SHARE * memory.restless.size
    is_new = state.settling_until_us > 0 and 0 <= state.seen_at_us - state.settling_until_us < _NEW_SCENE_US
    return restless or is_new or abs(state.drift) > _UNEASY_DRIFT


def _learn(
    settings: GateSettings, memory: SceneMemory, frame: _Frame, distinct: NDArray[np.bool_], elapsed_us: int
) -> SceneMemory:
    taken = np.float32(1.0 - 0.5 ** (elapsed_us / settings.half_life_us))
    lesson = np.float32(_lesson(elapsed_us, settings.restless_half_life_us))
    restless = memory.restless + lesson * (np.abs(frame.differs) - memory.restless)
    return SceneMemory(frame.expected + taken * frame.differs, restless, distinct)


def _lesson(elapsed_us: int, half_life_us: int) -> float:
    """Share of a frame in a slow memory, 0..1; after a gap it stands for a bounded time only."""
    return 1.0 - float(0.5 ** (min(elapsed_us, _LONGEST_LESSON_US) / half_life_us))


def _remember(seen: NDArray[np.float32], restless: NDArray[np.float32]) -> SceneMemory:
    return SceneMemory(seen, restless, np.zeros(seen.shape, np.bool_))


def _share(changed: NDArray[np.bool_], masked: NDArray[np.bool_] | None) -> float:
    looked_at = changed.size if masked is None else changed.size - int(np.count_nonzero(masked))
    return int(np.count_nonzero(changed)) / looked_at if looked_at else 0.0


def _within(at_us: int, until_us: int, longest_us: int) -> bool:
    """Whether a span that ends at ``until_us`` is open; a clock that went back does not stretch it."""
    return 0 < until_us - at_us <= longest_us
