"""Whether a point lies in a zone."""

from collections.abc import Sequence


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
    inside = False
    bx, by = polygon[-2], polygon[-1]
    for ax, ay in zip(polygon[0::2], polygon[1::2], strict=True):
        if ay <= y <= by or by <= y <= ay:
            # Exact for horizontal and vertical sides; a slanted one has no width, so rounding decides there.
            if (bx - ax) * (y - ay) == (by - ay) * (x - ax) and min(ax, bx) <= x <= max(ax, bx):
                return True
            # A ray to the right meets the side; half-open in y, so that a shared corner counts once.
            if (ay > y) != (by > y):
                inside ^= x < ax + (bx - ax) * (y - ay) / (by - ay)
        bx, by = ax, ay
    return inside
