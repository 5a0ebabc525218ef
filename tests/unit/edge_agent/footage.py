"""Frames without a camera."""

import numpy as np
from numpy.typing import NDArray

from ommatid_edge.picture import ArrayPicture, ArrivedFrame

NOON_US = 1_795_000_000_000_000


class Footage:
    """Frames of a still, grey scene, 0.1 s apart."""

    def still(self, count: int, start: int = 0, level: int = 60) -> list[ArrivedFrame]:
        pixels = np.full((100, 133, 3), level, np.uint8)
        return [self.frame(number, pixels) for number in range(start, start + count)]

    def frame(self, number: int, pixels: NDArray[np.uint8], *, corrupt: bool = False) -> ArrivedFrame:
        arrived_us = NOON_US + number * 100_000
        return ArrivedFrame(arrived_us, arrived_us - 80_000, corrupt, ArrayPicture(pixels))
