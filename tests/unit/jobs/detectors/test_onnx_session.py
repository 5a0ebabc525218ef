"""Real onnxruntime, on the CPU, with models of a few nodes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ommatid_jobs.detectors import InferenceFailed, ModelCard, ModelUnavailable
from ommatid_jobs.detectors.execution import CPU, Device, Execution
from ommatid_jobs.detectors.model_card import parse_card
from ommatid_jobs.detectors.onnx import OnnxDetector, open_chain
from ommatid_jobs.detectors.onnx_session import OnnxSession
from ommatid_jobs.detectors.session_chain import Pixels
from tests.onnx_models import SIZE_PX, write_model

Folder = Path


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return write_model(tmp_path / "1")


def card(folder: Folder) -> ModelCard:
    return parse_card((folder / "card.yaml").read_text(), "card.yaml")


def session(folder: Folder, *, bound: bool) -> OnnxSession:
    return OnnxSession(card(folder), folder / "model.onnx", CPU, bound=bound)


def grey(brightness: int, batch: int = 1) -> Pixels:
    return np.full((batch, SIZE_PX, SIZE_PX, 3), brightness, dtype=np.uint8)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 32])
def test_bound_buffers_give_what_a_plain_call_gives(folder: Folder, size: int):
    pixels = grey(100, size)
    plain, bound = (session(folder, bound=bound).run(pixels) for bound in (False, True))

    assert [array.shape for array in bound] == [(size, 1, 4), (size, 1, 2)]
    for left, right in zip(plain, bound, strict=True):
        np.testing.assert_array_equal(left, right)


def test_what_a_bound_call_gave_is_not_overwritten_by_the_next(folder: Folder):
    opened = session(folder, bound=True)
    first = opened.run(grey(0))
    before = [array.copy() for array in first]
    for array in opened.run(grey(100)):
        np.add(array, 1, out=array)

    for left, right in zip(before, first, strict=True):
        np.testing.assert_array_equal(left, right)


def test_calls_from_several_threads_do_not_mix(folder: Folder):
    opened = session(folder, bound=True)
    with ThreadPoolExecutor(4) as threads:
        sizes = [len(boxes) for boxes, _ in threads.map(opened.run, [grey(n, 1 + n % 5) for n in range(100)])]

    assert sizes == [1 + n % 5 for n in range(100)]


@pytest.mark.parametrize("bound", [False, True])
def test_a_batch_that_breaks_a_run_is_a_failure_with_the_runtimes_words(folder: Folder, bound: bool):
    opened = session(folder, bound=bound)

    with pytest.raises(InferenceFailed, match=r"one-box: batch of 2 on CPUExecutionProvider: .*Gather node"):
        opened.run(grey(255, 2))
    assert opened.works()
    assert len(opened.run(grey(0, 2))[0]) == 2


@pytest.mark.parametrize("content", [b"version https://git-lfs.github.com/spec/v1", b"", None], ids=repr)
def test_a_file_that_is_not_a_model_is_refused(folder: Folder, content: bytes | None):
    if content is None:
        (folder / "model.onnx").unlink()
    else:
        (folder / "model.onnx").write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"model\.onnx: expected an ONNX model that onnxruntime loads on CPU"):
        session(folder, bound=False)


def test_half_a_model_is_refused(folder: Folder):
    whole = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ModelUnavailable, match=r"model\.onnx: expected an ONNX model"):
        session(folder, bound=False)


@pytest.mark.parametrize(
    ("change", "tensor"),
    [
        ({"classes": ("person",)}, r"'scores' of shape \['N', 'A', 1\]"),
        ({"input": {"width": 64}}, r"'images' of shape"),
        ({"output": {"boxes": "rois"}}, r"'rois' of shape"),
    ],
)
def test_a_card_that_does_not_fit_its_model_is_refused(folder: Folder, change: dict[str, object], tensor: str):
    right = card(folder)
    (part, value), *_ = change.items()
    inner = getattr(right, part)
    wrong = right.model_copy(update={part: inner.model_copy(update=value) if isinstance(value, dict) else value})

    with pytest.raises(ModelUnavailable, match=f"model.onnx: expected the tensor {tensor}.*; correct the card"):
        OnnxSession(wrong, folder / "model.onnx", CPU)


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_device_that_is_not_there_fails_unless_the_cpu_may_take_over(folder: Folder, device: Device):
    with pytest.raises(ModelUnavailable, match=f"(?i)expected .* on {device}ExecutionProvider"):
        open_chain(card(folder), folder / "model.onnx", Execution(device))

    allowed = open_chain(card(folder), folder / "model.onnx", Execution(device, fall_back_to_cpu=True))
    detector = OnnxDetector(card(folder), allowed)
    assert detector.provider == "CPUExecutionProvider"
    assert {name: read() for name, read in detector.gauges.items()} == {"on_gpu": 0, "device_failures": 1}
