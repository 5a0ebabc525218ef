import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.delivery.people_hiding import Area, block_edges, hidden_areas, hide_people
from ommatid_jobs.detectors import Image
from ommatid_schemas import Box
from ommatid_schemas.fleet_file import Redaction

PERSON = Box("person", 0.9, x=0.25, y=0.25, w=0.25, h=0.5)
hiding = st.sampled_from([Redaction.FACES, Redaction.PERSONS])
shares = st.floats(-0.25, 1.25, width=32)
people = st.builds(Box, st.just("person"), shares, shares, shares, st.floats(0, 1, width=32), st.floats(0, 1, width=32))
seeds = st.integers(0, 2**32 - 1)


def noise(seed: int, height_px: int = 96, width_px: int = 128) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)


def shuffled_in_blocks(image: Image, area: Area, seed: int) -> Image:
    """The image with the pixels of each block of an area in another order."""
    changed, random = image.copy(), np.random.default_rng(seed)
    part = changed[area.top : area.bottom, area.left : area.right]
    longer_px = max(part.shape[:2])
    rows, columns = (block_edges(size_px, longer_px) for size_px in part.shape[:2])
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            block = part[top:bottom, left:right]
            block[:] = random.permutation(block.reshape(-1, 3)).reshape(block.shape)
    return changed


@settings(max_examples=40)
@given(seed=seeds, box=people, redaction=hiding)
def test_the_order_of_pixels_in_a_block_leaves_no_trace(seed: int, box: Box, redaction: Redaction) -> None:
    """So nothing but the mean colour of a block can be had back."""
    image = noise(seed)
    for area in hidden_areas([box], redaction, (128, 96)):
        other = shuffled_in_blocks(image, area, seed)

        assert (hide_people(image, [box], redaction) == hide_people(other, [box], redaction)).all()


@settings(max_examples=40)
@given(seed=seeds, boxes=st.lists(people, max_size=3), redaction=hiding)
def test_what_is_not_hidden_stays_as_it_was(seed: int, boxes: list[Box], redaction: Redaction) -> None:
    image = noise(seed)
    shown = np.ones(image.shape[:2], dtype=bool)
    for area in hidden_areas(boxes, redaction, (128, 96)):
        shown[area.top : area.bottom, area.left : area.right] = False

    assert (hide_people(image, boxes, redaction)[shown] == image[shown]).all()


@given(wide=st.integers(1, 400), high=st.integers(1, 400))
def test_an_area_has_nine_blocks_at_most(wide: int, high: int) -> None:
    columns, rows = (block_edges(size_px, max(wide, high)) for size_px in (wide, high))

    assert (len(columns) - 1) * (len(rows) - 1) <= 9
    assert (columns[0], columns[-1], rows[0], rows[-1]) == (0, wide, 0, high)
    assert all(begin < end for edges in (columns, rows) for begin, end in pairwise(edges))


@given(box=people, redaction=hiding)
def test_every_pixel_of_a_person_that_is_hidden_whole_is_covered(box: Box, redaction: Redaction) -> None:
    areas = hidden_areas([box], Redaction.PERSONS, (640, 360))
    left, right = (min(max(at * 640, 0.0), 640.0) for at in (box.x, box.x + box.w))
    top, bottom = (min(max(at * 360, 0.0), 360.0) for at in (box.y, box.y + box.h))

    if left < right and top < bottom:
        (area,) = areas
        assert area.left <= left
        assert area.right >= right
        assert area.top <= top
        assert area.bottom >= bottom


def test_a_person_is_hidden_whole_with_a_margin() -> None:
    assert hidden_areas([PERSON], Redaction.PERSONS, (640, 360)) == (Area(144, 72, 336, 288),)


@pytest.mark.parametrize(
    ("box", "bottom_px"),
    [
        (Box("person", 0.9, x=0.25, y=0.0, w=0.1, h=1.0), 330),  # stands: the top 30 % and a margin of it
        (Box("person", 0.9, x=0.25, y=0.0, w=0.6, h=1.0), 495),  # only the upper body is in the picture
        (Box("person", 0.9, x=0.0, y=0.0, w=1.0, h=0.4), 440),  # lies: nobody knows where the head is
    ],
)
def test_a_head_is_in_the_top_of_a_box_as_far_as_its_width_says(box: Box, bottom_px: int) -> None:
    (area,) = hidden_areas([box], Redaction.FACES, (1000, 1000))

    assert (area.top, area.bottom) == (0, bottom_px)


def test_others_than_people_are_shown() -> None:
    image = noise(1)
    car = Box("car", 0.9, 0.1, 0.1, 0.5, 0.5)

    assert (hide_people(image, [car], Redaction.PERSONS) == image).all()


def test_nothing_is_hidden_where_nothing_is_to_be() -> None:
    image = noise(1)

    assert (hide_people(image, [PERSON], Redaction.NONE) == image).all()


def test_the_picture_itself_is_left_alone() -> None:
    image = noise(1)
    hide_people(image, [PERSON], Redaction.PERSONS)

    assert (image == noise(1)).all()


def test_a_person_at_a_place_that_is_no_number_hides_the_whole_picture() -> None:
    box = Box("person", 0.9, math.nan, 0.1, 0.5, 0.5)

    assert hidden_areas([box], Redaction.FACES, (640, 360)) == (Area(0, 0, 640, 360),)
