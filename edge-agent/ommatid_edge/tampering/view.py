"""What one look at a camera's picture measures, on the small luma that the motion gate keeps."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SAMPLE_STEP_PX = 16
_FINE_PX = (3, 3)
_COARSE_PX = (11, 11)
_FLAT_LEVELS = 0.5
"""Keeps the sharpness of a picture without any structure small."""

_AROUND_PX = (15, 15)
_WEAK_EDGE = 4.0
"""Gradient, in levels, below which an edge may be noise."""

_BESIDE_MASK = np.ones((13, 13), np.uint8)
"""The border of a mask is an edge that nothing moves; measures stay away from it."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Measures of one picture; arrays are never written to.

    Attributes:
        contrast: Standard deviation of the luma, levels.
        sharpness: Share of fine structure in all structure. Light and contrast cancel out.
        edges: (h, w) float32 of the gate's shape: where edges are, against the edges around them, of mean 0 and norm
            1; light that changes, even unevenly, hardly changes it.
        sample: uint8, every 16th pixel of every 16th row of the luma as it came.
    """

    contrast: float
    sharpness: float
    edges: NDArray[np.float32]
    sample: NDArray[np.uint8]


def view(small: NDArray[np.float32], luma: NDArray[np.uint8], hidden: NDArray[np.bool_] | None) -> View:
    """Measure a picture.

    Args:
        small: (h, w) float32, small luma of about the last second: the background of the motion gate.
        luma: (H, W) uint8, full-size luma of the present picture.
        hidden: Bool of the shape of ``small``; pixels that are True are never looked at.
    """
    seen = None if hidden is None else _seen(hidden)
    fine = cv2.blur(small, _FINE_PX)
    of_fine = cv2.norm(small, fine, cv2.NORM_L1, seen)
    of_coarse = cv2.norm(fine, cv2.blur(fine, _COARSE_PX), cv2.NORM_L1, seen)
    pixels = small.size if seen is None else max(1, int(np.count_nonzero(seen)))
    _, deviation = cv2.meanStdDev(small, mask=seen)
    return View(
        contrast=float(deviation[0, 0]),
        sharpness=of_fine / (of_coarse + _FLAT_LEVELS * pixels),
        edges=_edges(small, seen),
        sample=np.ascontiguousarray(luma[::_SAMPLE_STEP_PX, ::_SAMPLE_STEP_PX]),
    )


def _edges(small: NDArray[np.float32], seen: NDArray[np.uint8] | None) -> NDArray[np.float32]:
    gradient = cv2.magnitude(
        cv2.Sobel(small, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(small, cv2.CV_32F, 0, 1, ksize=3)
    ).astype(np.float32, copy=False)
    around = cv2.blur(gradient, _AROUND_PX).astype(np.float32, copy=False)
    edges = gradient / (gradient + around + np.float32(_WEAK_EDGE))
    edges -= np.float32(cv2.mean(edges, mask=seen)[0])
    if seen is not None:
        edges[seen == 0] = 0
    norm = float(np.linalg.norm(edges))
    return edges / np.float32(norm) if norm > 0 else edges


def _seen(hidden: NDArray[np.bool_]) -> NDArray[np.uint8]:
    near = cv2.dilate(hidden.view(np.uint8), _BESIDE_MASK)
    return (near == 0).astype(np.uint8)
