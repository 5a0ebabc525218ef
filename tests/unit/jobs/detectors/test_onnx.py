from importlib.resources import as_file
from pathlib import Path

import numpy as np
import pytest

from ommatid_jobs.detectors import (
    Detector,
    Image,
    ModelCard,
    ModelUnavailable,
    Picture,
    Seen,
    Undecodable,
    decode_jpeg,
    load_card,
)
from ommatid_jobs.detectors.model_card import model_folder
from ommatid_jobs.detectors.onnx import OnnxDetector, load_detector, normalised, providers_for
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
GPU_BUILD = ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider")


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


def test_the_input_is_normalised_per_channel():
    pixels = np.array([10, 20, 30], dtype=np.uint8).reshape(1, 1, 1, 3)
    expected = [(10 - 103.53) / 57.375, (20 - 116.28) / 57.12, (30 - 123.675) / 58.395]
    rgb = CARD.model_copy(update={"input": CARD.input.model_copy(update={"channel_order": "RGB"})})

    np.testing.assert_allclose(normalised(CARD, pixels).ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(normalised(rgb, pixels[..., ::-1]).ravel(), expected, rtol=1e-6)


def test_a_file_that_is_not_a_model_is_refused(tmp_path: Path):
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"version https://git-lfs.github.com/spec/v1")

    with pytest.raises(ModelUnavailable, match=r"model\.onnx: expected an ONNX model that onnxruntime loads, found"):
        OnnxDetector(CARD, broken)


def test_a_model_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(ModelUnavailable, match=r"gone\.onnx: expected an ONNX model"):
        OnnxDetector(CARD, tmp_path / "gone.onnx")


@pytest.mark.parametrize(
    ("card", "tensor"),
    [
        (CARD.model_copy(update={"classes": CARD.classes[:79]}), r"'scores' of shape \['N', 'A', 79\]"),
        (CARD.model_copy(update={"input": CARD.input.model_copy(update={"width": 320})}), r"'images' of shape"),
        (CARD.model_copy(update={"output": CARD.output.model_copy(update={"boxes": "rois"})}), r"'rois' of shape"),
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(card: ModelCard, tensor: str):
    with (
        as_file(model_folder("nanodet-416") / "model.onnx") as model,
        pytest.raises(ModelUnavailable, match=f"model.onnx: expected the tensor {tensor}.*; correct the card"),
    ):
        OnnxDetector(card, model)


@pytest.mark.parametrize(
    ("device", "gpu_driver", "expected"),
    [
        ("auto", True, ["CUDAExecutionProvider", "CPUExecutionProvider"]),
        ("auto", False, ["CPUExecutionProvider"]),
        ("cpu", True, ["CPUExecutionProvider"]),
        ("cuda", False, ["CUDAExecutionProvider", "CPUExecutionProvider"]),
        ("tensorrt", True, list(GPU_BUILD)),
    ],
)
def test_providers_follow_the_device_and_the_driver(device: str, gpu_driver: bool, expected: list[str]):
    found = providers_for(device, GPU_BUILD, gpu_driver=gpu_driver)  # pyright: ignore[reportArgumentType]

    assert found == expected


def test_a_build_without_gpu_providers_runs_on_the_cpu():
    assert providers_for("auto", ["CPUExecutionProvider"], gpu_driver=True) == ["CPUExecutionProvider"]
