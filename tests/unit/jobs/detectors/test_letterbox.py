import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.detectors.letterbox import Placement, letterbox, place, to_relative

sides_px = st.integers(1, 4000)


@pytest.mark.parametrize(
    ("width_px", "height_px", "expected"),
    [
        (768, 576, Placement(0, 52, 416, 312)),
        (576, 768, Placement(52, 0, 312, 416)),
        (100, 100, Placement(0, 0, 416, 416)),
        (4000, 1, Placement(0, 207, 416, 1)),
    ],
)
def test_an_image_lies_in_the_middle_and_keeps_its_shape(width_px: int, height_px: int, expected: Placement):
    assert place(width_px, height_px, 416, 416) == expected


@given(width_px=sides_px, height_px=sides_px)
def test_every_image_fits_and_touches_two_opposite_sides(width_px: int, height_px: int):
    placed = place(width_px, height_px, 416, 320)

    assert placed.x_px + placed.width_px <= 416
    assert placed.y_px + placed.height_px <= 320
    assert placed.width_px == 416 or placed.height_px == 320


def test_bars_have_the_value_of_the_card_and_the_image_its_own():
    canvas = np.zeros((40, 40, 3), dtype=np.uint8)
    letterbox(np.full((20, 80, 3), 200, dtype=np.uint8), canvas, bar_value=114)

    assert set(canvas[:15].ravel().tolist()) == set(canvas[25:].ravel().tolist()) == {114}
    assert set(canvas[15:25].ravel().tolist()) == {200}


@settings(max_examples=50)
@given(
    width_px=st.integers(16, 4000),
    height_px=st.integers(16, 4000),
    box=st.tuples(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0.01, 0.5), st.floats(0.01, 0.5)),
)
def test_a_box_comes_back_to_where_it_was(width_px: int, height_px: int, box: tuple[float, float, float, float]):
    placed = place(width_px, height_px, 416, 416)
    x, y, w, h = box
    scale = np.array([placed.width_px, placed.height_px] * 2)
    corners = np.array([x, y, x + w, y + h]) * scale + np.array([placed.x_px, placed.y_px] * 2)

    # Single precision holds 416 px to 3e-5 px; a narrow image is 1.6 px wide at the least.
    np.testing.assert_allclose(to_relative(corners[None].astype(np.float32), placed)[0], box, atol=4e-5)


def test_a_box_is_cut_off_at_the_edges_of_the_image():
    placed = Placement(0, 52, 416, 312)
    beyond = np.array([[-10, 40, 104, 500], [0, 0, 100, 40]], dtype=np.float32)

    assert to_relative(beyond, placed).tolist() == [[0, 0, 0.25, 1], [0, 0, 100 / 416, 0]]
