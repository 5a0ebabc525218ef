"""How a camera's picture usually is: what a view is compared with."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ommatid_edge.tampering.view import View

LEARNT_AFTER = 6
"""Views after which a camera is known."""

_HALF_LIFE_US = 600_000_000
_LONGEST_LESSON_US = 20_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What is usual for a camera.

    Attributes:
        edges: Slow average of the edges of views.
        sharpness: Slow average of their sharpness.
        liveliness: Slow average of the share of sampled pixels that differ from the view before, 0..1.
        views: Views that were learnt.
    """

    edges: NDArray[np.float32]
    sharpness: float
    liveliness: float
    views: int = 1

    @property
    def known(self) -> bool:
        """Whether enough was learnt to judge by it."""
        return self.views >= LEARNT_AFTER


def first(seen: View) -> Usual:
    """What is usual after one view."""
    return Usual(seen.edges, seen.sharpness, 0.0)


def learnt(usual: Usual, seen: View, liveliness: float, elapsed_us: int) -> Usual:
    """Learn from another view: much from the first ones, little from later ones."""
    slow = 1.0 - 0.5 ** (min(max(0, elapsed_us), _LONGEST_LESSON_US) / _HALF_LIFE_US)
    lesson = max(slow, 1.0 / (usual.views + 1))
    # The first view was compared with nothing.
    of_liveliness = max(slow, 1.0 / usual.views)
    return replace(
        usual,
        edges=usual.edges + np.float32(lesson) * (seen.edges - usual.edges),
        sharpness=usual.sharpness + lesson * (seen.sharpness - usual.sharpness),
        liveliness=usual.liveliness + of_liveliness * (liveliness - usual.liveliness),
        views=min(usual.views + 1, 1_000_000),
    )


def likeness(usual: Usual, seen: View) -> float:
    """Correlation of a view's edges with the usual ones, -1..1."""
    norm = float(np.linalg.norm(usual.edges))
    return float(np.vdot(usual.edges, seen.edges)) / norm if norm > 0 else 1.0


def changed_share(before: NDArray[np.uint8], sample: NDArray[np.uint8]) -> float:
    """Share of sampled pixels that differ, 0..1; 1 for samples of different shape."""
    if before.shape != sample.shape:
        return 1.0
    return int(np.count_nonzero(before != sample)) / sample.size
