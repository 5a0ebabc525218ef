"""Whether a point lies in a zone."""

from collections.abc import Iterator, Sequence


def contains(polygon: Sequence[float], x: float, y: float) -> bool:
    """Even-odd test of a point against a closed polygon.

    The boundary belongs to the polygon. That matters at the edge of the picture: an object cut off
    by the lower edge stands at y = 1, and so does the lower side of a zone that reaches there.
    Where a polygon crosses itself, areas covered twice are outside (even-odd rule).

    Args:
        polygon: Corners as x1, y1, x2, y2, ..., at least three, closed by itself; any unit.
        x: Horizontal coordinate of the point, in the polygon's unit and frame.
        y: Vertical coordinate of the point.
    """
    point = (x, y)
    inside = False
    for start, end in _sides(polygon):
        if _on_side(start, end, point):
            return True
        inside ^= _crosses_ray(start, end, point)
    return inside


_Point = tuple[float, float]


def _sides(polygon: Sequence[float]) -> Iterator[tuple[_Point, _Point]]:
    corners = list(zip(polygon[0::2], polygon[1::2], strict=True))
    yield from zip(corners, corners[1:] + corners[:1], strict=True)


def _on_side(start: _Point, end: _Point, point: _Point) -> bool:
    """Exact for horizontal and vertical sides; a slanted one has no width, so rounding decides there."""
    (ax, ay), (bx, by), (x, y) = start, end, point
    between = min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by)
    return between and (bx - ax) * (y - ay) == (by - ay) * (x - ax)


def _crosses_ray(start: _Point, end: _Point, point: _Point) -> bool:
    """Whether a ray to the right meets the side; half-open in y, so that a shared corner counts once."""
    (ax, ay), (bx, by), (x, y) = start, end, point
    return (ay > y) != (by > y) and x < ax + (bx - ax) * (y - ay) / (by - ay)
