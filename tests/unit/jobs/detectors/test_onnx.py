from pathlib import Path

import cv2
import numpy as np
import pytest

from ommatid_jobs.detectors import (
    Detector,
    Image,
    Picture,
    Seen,
    Undecodable,
    decode_jpeg,
    load_card,
)
from ommatid_jobs.detectors.onnx import OnnxDetector, load_detector
from ommatid_schemas.events import Box

# People in tests/assets/street.jpg, marked by hand: left, top, right, bottom relative to the frame.
PEOPLE = (
    (0.246, 0.250, 0.281, 0.370),
    (0.742, 0.345, 0.777, 0.498),
    (0.872, 0.362, 0.918, 0.513),
    (0.592, 0.525, 0.657, 0.725),
    (0.837, 0.530, 0.873, 0.714),
    (0.370, 0.750, 0.430, 1.000),
)
CARD = load_card("nanodet-416")


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return load_detector("nanodet-416", threads=2, device="cpu")


@pytest.fixture(scope="module")
def street() -> Image:
    image = decode_jpeg((Path(__file__).parents[3] / "assets" / "street.jpg").read_bytes())
    assert not isinstance(image, Undecodable)
    return image


def overlap(box: Box, person: tuple[float, float, float, float]) -> float:
    left, top, right, bottom = person
    wide = min(box.x + box.w, right) - max(box.x, left)
    high = min(box.y + box.h, bottom) - max(box.y, top)
    shared = max(wide, 0) * max(high, 0)
    return shared / (box.w * box.h + (right - left) * (bottom - top) - shared)


def found_people(boxes: tuple[Box, ...]) -> int:
    people = [box for box in boxes if box.label == "person" and box.score >= 0.45]
    return sum(any(overlap(box, person) >= 0.5 for box in people) for person in PEOPLE)


def test_people_in_a_street_are_found(detector: OnnxDetector, street: Image):
    (boxes,) = detector.boxes([street])

    assert found_people(boxes) >= 5


def test_a_picture_is_seen_as_its_image_is(detector: OnnxDetector, street: Image):
    named: Detector = detector

    assert named.detect([Picture("lobby-1", b"", street)]) == [Seen(CARD.version, detector.boxes([street])[0])]
    assert (named.name, named.version, named.enough_px) == (CARD.name, CARD.version, CARD.input.width)


def test_people_are_found_in_a_frame_that_was_decoded_at_a_reduced_size(detector: OnnxDetector, street: Image):
    large = cv2.resize(street, None, fx=3, fy=3)
    reduced = decode_jpeg(cv2.imencode(".jpg", large)[1].tobytes(), detector.enough_px)
    assert not isinstance(reduced, Undecodable)

    assert reduced.shape[1] < large.shape[1] / 2
    assert found_people(detector.boxes([reduced])[0]) >= 5


def test_boxes_are_relative_to_the_image_and_above_the_threshold(detector: OnnxDetector, street: Image):
    (boxes,) = detector.boxes([street])

    assert all(0 <= box.x < box.x + box.w <= 1 + 1e-9 and 0 <= box.y < box.y + box.h <= 1 + 1e-9 for box in boxes)
    assert [box.score for box in boxes] == sorted((box.score for box in boxes), reverse=True)
    assert all(box.score >= detector.card.score_threshold for box in boxes)


def test_images_of_different_size_share_a_batch_without_mixing(detector: OnnxDetector, street: Image):
    wide = np.zeros((120, 400, 3), dtype=np.uint8)
    empty, people = detector.boxes([wide, street])

    assert found_people(empty) == 0
    assert found_people(people) >= 5


def test_an_empty_batch_gives_nothing(detector: OnnxDetector):
    assert detector.boxes([]) == []
    assert detector.detect([]) == []
