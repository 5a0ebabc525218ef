"""Luma as the gate looks at it: 100 px high, slightly blurred."""

import cv2
import numpy as np
from numpy.typing import NDArray

HEIGHT_PX = 100
"""Height at which the gate looks at a scene; the width follows the aspect ratio."""


def gate_shape(width_px: int, height_px: int) -> tuple[int, int]:
    """(height, width) at which the gate looks at frames of a size, pixels."""
    return HEIGHT_PX, max(1, round(width_px * HEIGHT_PX / height_px))


def small_luma(luma: NDArray[np.uint8], masked: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """Scale a luma plane down to ``gate_shape``.

    Args:
        luma: (H, W) uint8, full size; never written to.
        masked: Bool array of ``gate_shape(W, H)``; pixels that are True become 0.

    Returns:
        ``gate_shape(W, H)`` float32, levels 0..255.
    """
    rows, columns = gate_shape(luma.shape[1], luma.shape[0])
    # Less than half is left to go: two by two neighbours see every pixel, at a sixth of the cost of exact areas.
    small = cv2.resize(_halved(luma), (columns, rows), interpolation=cv2.INTER_LINEAR)
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
