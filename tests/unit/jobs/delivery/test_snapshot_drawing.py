import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ommatid_jobs.delivery.snapshot_drawing import (
    Polygon,
    corners_px,
    draw,
    draw_snapshot,
    everything_shown,
    label_area_px,
    line_px,
    rectangle_px,
)
from ommatid_jobs.detectors import Image, Undecodable, decode_jpeg
from ommatid_schemas import Box

BOX = Box("person", 0.87, x=0.25, y=0.5, w=0.25, h=0.375)
DOOR: Polygon = (0.1, 0.1, 0.4, 0.1, 0.4, 0.9, 0.1, 0.9)

shares = st.floats(0.0, 1.0, width=32)
boxes = st.builds(Box, st.sampled_from(["person", "Straßenbahn"]), shares, shares, shares, shares, shares)
images = st.tuples(st.integers(40, 240), st.integers(40, 320)).map(
    lambda size: np.full((*size, 3), 117, dtype=np.uint8)
)


def grey(height_px: int = 360, width_px: int = 640) -> Image:
    return np.full((height_px, width_px, 3), 117, dtype=np.uint8)


def may_change(image: Image, drawn_boxes: list[Box], zones: list[Polygon]) -> NDArray[np.bool_]:
    """(H, W) bool: within an outline's thickness of a box's edge or a zone's edge, or in a label."""
    mask = np.zeros(image.shape[:2], dtype=np.uint8)
    thick_px = line_px(image) + 2
    for zone in zones:
        cv2.polylines(mask, [corners_px(zone, image)], isClosed=True, color=255, thickness=thick_px)
    for box in drawn_boxes:
        left, top, right, bottom = rectangle_px(box, image)
        cv2.rectangle(mask, (left, top), (right, bottom), 255, thick_px)
        left, top, right, bottom = label_area_px(box, image)
        cv2.rectangle(mask, (left, top), (right, bottom), 255, cv2.FILLED)
    return mask > 0


@settings(max_examples=50)
@given(image=images, drawn_boxes=st.lists(boxes, max_size=3))
def test_only_outlines_and_labels_change(image: Image, drawn_boxes: list[Box]) -> None:
    """Whatever the boxes, evidence away from the drawing stays as the camera saw it."""
    changed = (draw(image, drawn_boxes, [DOOR]) != image).any(axis=2)

    assert not (changed & ~may_change(image, drawn_boxes, [DOOR])).any()


def test_a_box_is_outlined_where_it_stands() -> None:
    drawn = draw(grey(), [BOX])

    left, top, right, bottom = rectangle_px(BOX, drawn)
    assert (left, top, right, bottom) == (160, 180, 320, 315)
    assert drawn[300, left].tolist() == drawn[bottom, 200].tolist() == [60, 60, 230]


def test_a_zone_is_outlined() -> None:
    drawn = draw(grey(), [], [DOOR])

    assert drawn[180, corners_px(DOOR, drawn)[0][0]].tolist() == [40, 200, 240]


def test_the_image_itself_is_left_alone() -> None:
    image = grey()
    draw(image, [BOX], [DOOR])

    assert (image == 117).all()


def test_a_snapshot_is_a_jpeg_of_the_same_size() -> None:
    jpeg = cv2.imencode(".jpg", grey())[1].tobytes()

    snapshot = draw_snapshot(jpeg, [BOX], [DOOR], hide=everything_shown)

    assert isinstance(snapshot, bytes)
    decoded = decode_jpeg(snapshot)
    assert not isinstance(decoded, Undecodable)
    assert decoded.shape == (360, 640, 3)
    assert abs(int(decoded[300, 160, 2]) - 230) < 40


def test_people_are_hidden_before_boxes_are_drawn() -> None:
    jpeg = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 256, (360, 640, 3), dtype=np.uint8))[1].tobytes()

    snapshot = draw_snapshot(jpeg, [BOX], hide=np.zeros_like)

    decoded = decode_jpeg(snapshot) if isinstance(snapshot, bytes) else snapshot
    assert not isinstance(decoded, Undecodable)
    assert decoded[50:, 400:].max() < 8, "nothing of the frame is left"
    assert int(decoded[300, 160, 2]) > 190, "the box is drawn over it"


@pytest.mark.parametrize("data", [b"", b"no jpeg", b"\xff\xd8 truncated"])
def test_a_frame_that_is_no_jpeg_is_explained(data: bytes) -> None:
    assert isinstance(draw_snapshot(data, [BOX], hide=everything_shown), Undecodable)
