"""Patches of changed pixels, and whether they look like rain."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_GROWN_BY = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Patches:
    """Connected patches of changed pixels, each grown by one pixel all around.

    Attributes:
        largest_px: Area of the largest; 0 without any.
        specks: How many are at most as large as a speck.
        speck_px: Median area of the specks; 0 without any.
    """

    largest_px: int = 0
    specks: int = 0
    speck_px: float = 0.0


def patches(changed: NDArray[np.bool_], up_to_px: int) -> Patches:
    """Group changed pixels.

    Args:
        changed: (h, w) bool.
        up_to_px: Area, after growing, up to which a patch is a speck.
    """
    if not changed.any():
        return Patches()
    grown = cv2.dilate(changed.view(np.uint8), _GROWN_BY)
    _, _, stats, _ = cv2.connectedComponentsWithStats(grown, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA].astype(np.int32)
    specks = areas[areas <= up_to_px]
    speck_px = float(np.median(specks)) if specks.size else 0.0
    return Patches(int(areas.max()), int(specks.size), speck_px)
