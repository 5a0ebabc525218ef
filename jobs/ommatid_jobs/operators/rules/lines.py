"""On which side of a line a point lies, and which way somebody crossed it."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

Point = tuple[float, float]


class Direction(StrEnum):
    """To which side of a line somebody went, for one who walks along it from its first point to its last."""

    TO_LEFT = "to_left"
    TO_RIGHT = "to_right"

    @property
    def opposite(self) -> "Direction":
        """The way back."""
        return Direction.TO_LEFT if self is Direction.TO_RIGHT else Direction.TO_RIGHT


def crossed(line: Sequence[float], start: Point, end: Point) -> Direction | None:
    """Which way a straight way crosses a line.

    The line ends where it ends: a way around its end crosses nothing. A way that crosses it there and back, as it can
    where the line is bent, crosses nothing in the sum. Touching counts as one side of the way throughout, so that a
    point of the line that two of its parts share is crossed once.

    Args:
        line: Points as x1, y1, x2, y2, ..., at least two; any unit, origin top left.
        start: Where the way begins, in the line's unit and frame; not on the line.
        end: Where it ends; not on the line.
    """
    if end < start:
        # One order of the ends, so that the way back is the opposite whatever rounding does.
        back = crossed(line, end, start)
        return None if back is None else back.opposite
    to_right = sum(_to_right(a, b, start, end) for a, b in _parts(line))
    return None if not to_right else Direction.TO_RIGHT if to_right > 0 else Direction.TO_LEFT


def distance(line: Sequence[float], point: Point) -> float:
    """Distance of a point from the nearest point of a line, in their unit."""
    return min(_distance(a, b, point) for a, b in _parts(line))


def _parts(line: Sequence[float]) -> Iterator[tuple[Point, Point]]:
    points = list(zip(line[0::2], line[1::2], strict=True))
    return pairwise(points)


def _side(a: Point, b: Point, point: Point) -> float:
    """Above 0 to the right of the way from ``a`` to ``b``, below 0 to its left; y goes down."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _to_right(a: Point, b: Point, start: Point, end: Point) -> int:
    """1 when a way crosses a part of a line to the right, -1 to the left, 0 when it does not."""
    if (_side(start, end, a) > 0) == (_side(start, end, b) > 0):
        return 0
    right = _side(a, b, end) > 0
    return 0 if (_side(a, b, start) > 0) == right else 1 if right else -1


def _distance(a: Point, b: Point, point: Point) -> float:
    (ax, ay), (dx, dy) = a, (b[0] - a[0], b[1] - a[1])
    length_2 = dx * dx + dy * dy
    along = ((point[0] - ax) * dx + (point[1] - ay) * dy) / length_2 if length_2 else 0.0
    along = min(max(along, 0.0), 1.0)
    return ((point[0] - ax - along * dx) ** 2 + (point[1] - ay - along * dy) ** 2) ** 0.5
