"""Greedy non-maximum suppression (Felzenszwalb et al., 2010), by class or set of classes."""

import numpy as np
from numpy.typing import NDArray

MAX_CANDIDATES = 1000
"""Best boxes that are considered at all; bounds the pairwise matrix to one million entries."""


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], groups: NDArray[np.intp], iou: float
) -> NDArray[np.intp]:
    """Choose the boxes that no better box of their group overlaps.

    Args:
        boxes: (n, 4) float32, xyxy, any unit.
        scores: (n,) float32.
        groups: (n,) int; only boxes of the same group suppress each other.
        iou: Overlap (intersection over union) above which the weaker box goes.

    Returns:
        (k,) indices of the boxes that stay, best score first; equal scores keep their order.
    """
    order = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
    same_group = groups[order, None] == groups[None, order]
    overlaps = same_group & (intersection_over_union(boxes[order]) > iou)
    stays = np.ones(len(order), dtype=np.bool_)
    for index in range(len(order)):
        if stays[index]:
            stays[index + 1 :] &= ~overlaps[index, index + 1 :]
    return order[stays]


def intersection_over_union(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Overlap of every pair.

    Args:
        boxes: (n, 4) float32, xyxy, any unit.

    Returns:
        (n, n) float32, 0..1; 0 where both areas are 0.
    """
    top_left = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.maximum(bottom_right - top_left, 0), axis=2)
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    union = areas[:, None] + areas[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
