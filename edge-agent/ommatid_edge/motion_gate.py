"""Does the scene move? A running-average difference on small luma, with explicit state.

The measure and the names of its settings follow what camera people know from Frigate's
``motion``: luma scaled to 100 px height, blurred, compared with a running average, thresholded,
dilated, grouped. The background is averaged by elapsed time, not by frames, so that the
same numbers hold whether each frame is seen or only key frames.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT_PX = 100
"""Height at which the gate looks at a scene; the width follows the aspect ratio."""

_DILATION = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Sensitivity of the gate; the defaults are those of the fleet file.

    Attributes:
        threshold: Luma difference from which a pixel has changed, 1..255.
        contour_area: Pixels in one patch, after dilation and at 100 px height, from which the scene moves.
        lightning_threshold: Share of changed pixels from which the whole scene changed, 0..1.
        hold_us: How long a scene counts as moving after the last change.
        half_life_us: Time in which the background takes up half of a lasting change.
        settle_us: How long after a scene change the background follows each frame and no motion is
            reported: exposure and white balance are still settling.
    """

    threshold: int = 30
    contour_area: int = 10
    lightning_threshold: float = 0.8
    hold_us: int = 1_000_000
    half_life_us: int = 1_000_000
    settle_us: int = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class GateState:
    """What the gate remembers of one camera.

    Attributes:
        background: (100, w) float32 luma, running average; None before the first frame.
        seen_at_us: Capture time of the last frame.
        moving_until_us: End of the hold after the last change.
        settling_until_us: End of settling after the last scene change.
    """

    background: NDArray[np.float32] | None = None
    seen_at_us: int = 0
    moving_until_us: int = 0
    settling_until_us: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """The next state, and what one frame shows.

    Attributes:
        state: State for the next frame.
        motion_score: Share of changed pixels among those not masked, 0..1.
        moving: Whether something moves, or did within the hold.
        scene_changed: Whether the scene changed as a whole: light switched, camera turned.
    """

    state: GateState
    motion_score: float
    moving: bool
    scene_changed: bool


def gate_shape(width_px: int, height_px: int) -> tuple[int, int]:
    """(height, width) at which the gate looks at frames of a size, pixels."""
    return HEIGHT_PX, max(1, round(width_px * HEIGHT_PX / height_px))


def observe(
    settings: GateSettings,
    state: GateState,
    luma: NDArray[np.uint8],
    at_us: int,
    masked: NDArray[np.bool_] | None = None,
) -> Observation:
    """Compare one frame with the background, and learn from it.

    Args:
        settings: Sensitivity.
        state: State after the last frame of this camera.
        luma: (H, W) uint8, full-size luma plane.
        at_us: Capture time of the frame.
        masked: Bool array of ``gate_shape(W, H)``; pixels that are True are never looked at.
    """
    seen = _small(luma, masked)
    if state.background is None or state.background.shape != seen.shape:
        return Observation(GateState(background=seen, seen_at_us=at_us), 0.0, moving=False, scene_changed=False)
    changed = (np.abs(seen - state.background) > settings.threshold).view(np.uint8)
    score = _share(changed, masked)
    if score >= settings.lightning_threshold:
        settled = GateState(background=seen, seen_at_us=at_us, settling_until_us=at_us + settings.settle_us)
        return Observation(settled, score, moving=False, scene_changed=True)
    if _within(at_us, state.settling_until_us, settings.settle_us):
        follows = GateState(background=seen, seen_at_us=at_us, settling_until_us=state.settling_until_us)
        return Observation(follows, score, moving=False, scene_changed=False)
    found = _largest_patch(changed) >= settings.contour_area
    moving_until_us = at_us + settings.hold_us if found else state.moving_until_us
    background = _learn(settings, state, seen, at_us)
    learnt = GateState(background=background, seen_at_us=at_us, moving_until_us=moving_until_us)
    moving = found or _within(at_us, moving_until_us, settings.hold_us)
    return Observation(learnt, score, moving=moving, scene_changed=False)


def _small(luma: NDArray[np.uint8], masked: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    rows, columns = gate_shape(luma.shape[1], luma.shape[0])
    small = cv2.resize(_halved(luma), (columns, rows), interpolation=cv2.INTER_AREA)
    if masked is not None:
        small[masked] = 0
    return cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)


def _halved(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale down by powers of two while that stays above the target: four times cheaper than one odd factor."""
    while luma.shape[0] >= 2 * HEIGHT_PX and luma.shape[1] >= 2:
        even = luma[: luma.shape[0] // 2 * 2, : luma.shape[1] // 2 * 2]
        luma = cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return luma


def _share(changed: NDArray[np.uint8], masked: NDArray[np.bool_] | None) -> float:
    looked_at = changed.size if masked is None else changed.size - int(np.count_nonzero(masked))
    return int(np.count_nonzero(changed)) / looked_at if looked_at else 0.0


def _largest_patch(changed: NDArray[np.uint8]) -> int:
    """Pixels of the largest connected patch of changed pixels after dilation."""
    if not changed.any():
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(changed, _DILATION), connectivity=8)
    return int(stats[1:, cv2.CC_STAT_AREA].max())


def _learn(
    settings: GateSettings, state: GateState, seen: NDArray[np.float32], at_us: int
) -> NDArray[np.float32] | None:
    background = state.background
    if background is None:
        return seen
    elapsed_us = max(0, at_us - state.seen_at_us)
    share = np.float32(1.0 - 0.5 ** (elapsed_us / settings.half_life_us))
    return background + share * (seen - background)


def _within(at_us: int, until_us: int, longest_us: int) -> bool:
    """Whether a span that ends at ``until_us`` is open; a clock that went back does not stretch it."""
    return 0 < until_us - at_us <= longest_us
