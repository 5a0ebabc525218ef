import random

from hypothesis import given
from hypothesis import strategies as st

from ommatid_fleet.backtest.tracks import FrameNumbers, TrackPoint, mot_lines
from ommatid_schemas import Box

SIZE_PX = (768, 576)


def point(at_us: int, track_id: str, x: float = 0.25) -> TrackPoint:
    return TrackPoint(at_us, track_id, Box("person", 0.875, x, 0.5, 0.125, 0.25), SIZE_PX)


@given(times_us=st.lists(st.integers(0, 10**9), unique=True, min_size=1), order=st.randoms())
def test_frames_are_numbered_from_1_in_order_of_capture(times_us: list[int], order: random.Random):
    numbers = FrameNumbers()
    for at_us in order.sample(times_us, k=len(times_us)):
        numbers.add(at_us)

    assert [numbers.number(at_us) for at_us in sorted(times_us)] == list(range(1, len(times_us) + 1))


def test_a_line_has_ten_values_and_pixels_that_count_from_1():
    numbers = FrameNumbers()
    numbers.add(100)

    assert mot_lines([point(100, "street-1/100/0")], numbers) == ["1,1,193.00,289.00,96.00,144.00,0.8750,-1,-1,-1"]


def test_ids_follow_the_order_of_appearance_and_lines_the_order_of_frames_and_ids():
    numbers = FrameNumbers()
    for at_us in (100, 200, 300):
        numbers.add(at_us)
    points = [point(100, "zebra"), point(300, "ape"), point(300, "zebra")]

    assert [line.split(",")[:2] for line in mot_lines(points, numbers)] == [["1", "1"], ["3", "1"], ["3", "2"]]
