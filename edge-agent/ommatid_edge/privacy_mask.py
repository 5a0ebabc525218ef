"""Privacy masks: parts of a scene that never leave the site."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class PrivacyMasks:
    """Polygons to black out.

    Attributes:
        polygons: Corners of each as x1, y1, x2, y2, ..., relative 0..1, origin top left.
    """

    polygons: tuple[tuple[float, ...], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self.polygons)

    def burn(self, bgr: NDArray[np.uint8]) -> None:
        """Blacken the masked pixels in place.

        Args:
            bgr: (H, W, 3) uint8, contiguous and writable.
        """
        height_px, width_px = bgr.shape[:2]
        cv2.fillPoly(bgr, _corners_px(self.polygons, width_px, height_px), (0, 0, 0))

    def raster(self, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
        """Bool array of a shape (height, width), True where masked; None without masks."""
        if not self.polygons:
            return None
        height_px, width_px = shape
        canvas = np.zeros(shape, np.uint8)
        cv2.fillPoly(canvas, _corners_px(self.polygons, width_px, height_px), 1)
        return canvas.astype(np.bool_)


def _corners_px(polygons: Sequence[tuple[float, ...]], width_px: int, height_px: int) -> list[NDArray[np.int32]]:
    """Corners in pixels; ``fillPoly`` fills the pixels under the edges too, so masks never shrink."""
    size = np.array([width_px, height_px], np.float64)
    return [np.rint(np.reshape(polygon, (-1, 2)) * size).astype(np.int32) for polygon in polygons]
