import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from ommatid_jobs.operators.rules import contains

SQUARE = (0.2, 0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.8)
points = st.tuples(st.integers(0, 32), st.integers(0, 32))


@pytest.mark.parametrize(
    ("x", "y"), [(0.5, 0.5), (0.2, 0.5), (0.8, 0.5), (0.5, 0.2), (0.5, 0.8), (0.2, 0.2), (0.8, 0.8)]
)
def test_inside_and_boundary_belong_to_a_zone(x: float, y: float):
    assert contains(SQUARE, x, y)


@pytest.mark.parametrize(("x", "y"), [(0.19, 0.5), (0.81, 0.5), (0.5, 0.19), (0.5, 0.81), (0.1, 0.2), (0.9, 0.8)])
def test_outside_does_not_belong_to_a_zone(x: float, y: float):
    assert not contains(SQUARE, x, y)


def test_the_notch_of_a_concave_zone_is_outside():
    # #..#
    # #..#
    # ####
    notched = (0, 0, 1, 0, 1, 2, 2, 2, 2, 0, 3, 0, 3, 3, 0, 3)

    assert not contains(notched, 1.5, 1)
    assert contains(notched, 1.5, 2.5)


@settings(max_examples=200)
@given(corners=st.lists(points, min_size=3, max_size=8), point=points)
def test_zones_agree_with_opencv(corners: list[tuple[int, int]], point: tuple[int, int]):
    """Whole numbers are exact in both, so boundaries must agree as well."""
    polygon = [float(value) for corner in corners for value in corner]
    x, y = point
    reference = cv2.pointPolygonTest(np.array(corners, dtype=np.int32), (float(x), float(y)), measureDist=False)

    assert contains(polygon, x, y) == (reference >= 0)


@settings(max_examples=100)
@given(corners=st.lists(points, min_size=3, max_size=8, unique=True), x=st.floats(0, 32), y=st.floats(0, 32))
def test_zones_agree_with_shapely(corners: list[tuple[int, int]], x: float, y: float):
    """Where no side crosses another; a point closer to a side than rounding goes is left to chance."""
    reference, point = Polygon(corners), Point(x, y)
    assume(reference.is_valid and (reference.exterior.distance(point) > 1e-9 or (x % 1, y % 1) == (0, 0)))

    assert contains([float(value) for corner in corners for value in corner], x, y) == reference.covers(point)
