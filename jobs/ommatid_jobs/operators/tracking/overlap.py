"""How far two boxes overlap."""

from typing import NamedTuple


class Extent(NamedTuple):
    """A box by its centre: x, y, width and height relative to the frame, 0..1, origin top left."""

    x: float
    y: float
    w: float
    h: float

    @property
    def size(self) -> float:
        """Side of the square of the same area: the unit in which distances of this object are measured."""
        return (self.w * self.h) ** 0.5


def intersection_over_union(a: Extent, b: Extent) -> float:
    """Common area divided by the area of both, 0..1; 0 for boxes without area."""
    width = min(a.x + a.w / 2, b.x + b.w / 2) - max(a.x - a.w / 2, b.x - b.w / 2)
    height = min(a.y + a.h / 2, b.y + b.h / 2) - max(a.y - a.h / 2, b.y - b.h / 2)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (a.w * a.h + b.w * b.h - common)
