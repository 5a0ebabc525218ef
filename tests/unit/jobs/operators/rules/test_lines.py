"""Lines against Shapely; on a grid whose numbers are exact in both, so that corners and parallels are hit often."""

from itertools import pairwise
from typing import TypeAlias

import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from ommatid_jobs.operators.rules.lines import Direction, crossed, distance

Point: TypeAlias = tuple[float, float]

UPWARDS = (0.5, 0.8, 0.5, 0.2)  # y goes down
LEFT, RIGHT = Direction.TO_LEFT, Direction.TO_RIGHT

grid_points = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda point: (point[0] / 8, point[1] / 8))
grid_lines = st.lists(grid_points, min_size=2, max_size=5, unique=True)
unit_points = st.tuples(st.floats(0, 1), st.floats(0, 1))


def flat(points: list[Point]) -> list[float]:
    return [value for point in points for value in point]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((0.4, 0.5), (0.6, 0.5), RIGHT),
        ((0.6, 0.5), (0.4, 0.5), LEFT),
        ((0.4, 0.7), (0.6, 0.3), RIGHT),  # aslant
        ((0.4, 0.9), (0.6, 0.9), None),  # behind its end
        ((0.4, 0.5), (0.45, 0.5), None),
        ((0.4, 0.1), (0.4, 0.9), None),  # beside it
    ],
)
def test_a_way_crosses_a_line_to_one_side(start: Point, end: Point, expected: Direction | None):
    assert crossed(UPWARDS, start, end) is expected


def test_into_the_bend_of_a_line_and_out_again_is_no_crossing():
    bent = (0.4, 0.2, 0.6, 0.5, 0.4, 0.8)

    assert crossed(bent, (0.45, 0.5), (0.7, 0.5)) is not None
    assert crossed(bent, (0.55, 0.1), (0.55, 0.9)) is None


@given(line=st.tuples(unit_points, unit_points), start=unit_points, end=unit_points)
def test_a_straight_line_is_crossed_when_shapely_says_so(line: tuple[Point, Point], start: Point, end: Point):
    """A way that passes closer to an end of the line than rounding goes is left to chance."""
    way = shapely.LineString([start, end])
    assume(min(way.distance(shapely.Point(point)) for point in line) > 1e-9)
    assume(min(shapely.LineString(line).distance(shapely.Point(point)) for point in (start, end)) > 1e-9)

    assert (crossed(flat([*line]), start, end) is not None) == way.intersects(shapely.LineString(line))


@given(points=grid_lines, start=grid_points, end=grid_points)
def test_a_bent_line_is_crossed_as_often_as_shapely_says_one_way_more_than_the_other(
    points: list[Point], start: Point, end: Point
):
    way, parts = shapely.LineString([start, end]), [shapely.LineString(pair) for pair in pairwise(points)]
    assume(all(way.distance(shapely.Point(point)) > 0 for point in points))
    assume(all(part.distance(shapely.Point(point)) > 0 for point in (start, end) for part in parts))

    assert (crossed(flat(points), start, end) is not None) == bool(sum(map(way.intersects, parts)) % 2)


@given(points=grid_lines, start=grid_points, end=grid_points)
def test_the_way_back_is_the_opposite(points: list[Point], start: Point, end: Point):
    there, back = crossed(flat(points), start, end), crossed(flat(points), end, start)

    assert back is (there and there.opposite)


@given(points=grid_lines, start=grid_points, end=grid_points)
def test_a_line_the_other_way_round_is_crossed_to_the_other_side(points: list[Point], start: Point, end: Point):
    line = shapely.LineString(points)
    assume(all(line.distance(shapely.Point(point)) > 0 for point in (start, end)))
    ahead, around = crossed(flat(points), start, end), crossed(flat(points[::-1]), start, end)

    assert around is (ahead and ahead.opposite)


@given(points=grid_lines, place=unit_points)
def test_the_distance_is_that_of_shapely(points: list[Point], place: Point):
    assert distance(flat(points), place) == pytest.approx(shapely.LineString(points).distance(shapely.Point(place)))
