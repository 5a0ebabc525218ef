"""Zones against OpenCV and Shapely: each polygon at every whole point of a small grid, so that sides are hit often."""

from collections.abc import Sequence
from itertools import product
from typing import TypeAlias

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import contains

Corner: TypeAlias = tuple[int, int]

SQUARE = (0.2, 0.2, 0.8, 0.2, 0.8, 0.8, 0.2, 0.8)
SIZE = 12
GRID = list(product(range(-1, SIZE + 2), repeat=2))

unit = st.floats(0, 1)
_corners = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE))
corner_lists = st.lists(_corners, min_size=3, max_size=8)
simple_polygons = st.lists(_corners, min_size=3, max_size=8, unique=True).filter(
    lambda corners: shapely.Polygon(corners).is_valid
)


def flat(corners: Sequence[tuple[float, float]]) -> list[float]:
    return [float(value) for corner in corners for value in corner]


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


@given(corners=corner_lists)
def test_zones_agree_with_opencv(corners: list[Corner]):
    """Also where sides cross. Whole numbers are exact in both, so sides and corners must agree as well."""
    outline = np.array(corners, dtype=np.int32)
    reference = [cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) >= 0 for x, y in GRID]

    assert [contains(flat(corners), x, y) for x, y in GRID] == reference


@given(corners=simple_polygons)
def test_zones_agree_with_shapely_on_sides_and_corners(corners: list[Corner]):
    """Where no side crosses another. Its ``covers``, unlike its ``contains``, counts the boundary."""
    reference = shapely.covers(shapely.Polygon(corners), shapely.points(GRID))

    assert [contains(flat(corners), x, y) for x, y in GRID] == reference.tolist()


@given(corners=simple_polygons, places=st.lists(st.tuples(unit, unit), min_size=20, max_size=20))
def test_zones_agree_with_shapely_between_the_lines(corners: list[Corner], places: list[tuple[float, float]]):
    """In the coordinates of a fleet file; a point closer to a side than rounding goes is left to chance."""
    zone = [(x / SIZE, y / SIZE) for x, y in corners]
    polygon = shapely.Polygon(zone)
    clear = [it for it in places if polygon.exterior.distance(shapely.Point(it)) > 1e-9]
    reference = shapely.covers(polygon, shapely.points(np.reshape(clear, (-1, 2))))

    assert [contains(flat(zone), x, y) for x, y in clear] == reference.tolist()


@given(zone=st.lists(st.tuples(unit, unit), min_size=3, max_size=8))
def test_every_corner_belongs_to_its_zone_whatever_rounding_does(zone: list[tuple[float, float]]):
    assert all(contains(flat(zone), x, y) for x, y in zone)


@given(corners=corner_lists, first=st.integers(0, 7))
def test_where_the_list_of_corners_begins_and_which_way_it_goes_is_all_the_same(corners: list[Corner], first: int):
    turned = corners[first % len(corners) :] + corners[: first % len(corners)]

    for same in (turned, corners[::-1]):
        assert [contains(flat(same), x, y) for x, y in GRID] == [contains(flat(corners), x, y) for x, y in GRID]
