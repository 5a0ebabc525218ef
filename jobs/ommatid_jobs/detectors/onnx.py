# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# onnxruntime is partly typed, its exceptions (a compiled module) are not; nothing of it leaves this module.
"""Run an ONNX model behind the detector contract, on a GPU where there is one, else on the CPU."""

import ctypes
import logging
from collections.abc import Collection, Sequence
from importlib.resources import as_file
from pathlib import Path
from typing import Literal, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from ommatid_jobs.detectors.detector import Gauges, Image, InferenceFailed, ModelUnavailable, Picture, Seen
from ommatid_jobs.detectors.letterbox import Placement, letterbox, to_relative
from ommatid_jobs.detectors.model_card import ModelCard, load_card, model_folder
from ommatid_jobs.detectors.non_maximum_suppression import suppress
from ommatid_schemas.events import Box

Device = Literal["auto", "cpu", "cuda", "tensorrt"]

BUCKETS = (1, 4, 8, 16, 32)
"""Batch sizes that a GPU is prepared for; batches in between are filled up, larger ones are cut."""

_PROVIDER = {"tensorrt": "TensorrtExecutionProvider", "cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}

# onnxruntime's exceptions share no base class but Exception.
_ORT_ERRORS = (
    ort_errors.DeviceReset,
    ort_errors.EngineError,
    ort_errors.EPFail,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoModel,
    ort_errors.NoSuchFile,
    ort_errors.NotFound,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)

_log = logging.getLogger(__name__)


def load_detector(name: str, threads: int = 1, device: Device = "auto") -> "OnnxDetector":
    """Load a packaged model and run it once per prepared batch size, so that the first frame is not slow.

    Args:
        name: Name of the model, as in the fleet file's ``detector``.
        threads: CPU threads of one call.
        device: ``auto`` takes CUDA where driver and libraries are there, else the CPU; every other
            value takes that or fails.

    Raises:
        ConfigurationError: There is no model of that name.
        ModelUnavailable: It does not load or run on this machine.
    """
    with as_file(model_folder(name) / "model.onnx") as model:
        detector = OnnxDetector(load_card(name), model, threads=threads, device=device)
    detector.warm_up()
    return detector


class OnnxDetector:
    """A loaded ONNX model; ``detect`` may be called from several threads.

    Args:
        card: What the model expects and gives.
        model: The ONNX file.
        threads: CPU threads of one call; they do not spin while they wait.
        device: See :func:`load_detector`.

    Raises:
        ModelUnavailable: The file does not load, is not what the card says, or the device is not there.
    """

    def __init__(self, card: ModelCard, model: Path, *, threads: int = 1, device: Device = "auto") -> None:
        self.card = card
        self._session = _session(model, threads, device)
        _check_tensors(card, model, self._session)
        self._groups = _suppression_groups(card)
        self._on_gpu = self.provider != _PROVIDER["cpu"]

    @property
    def name(self) -> str:
        """That of the card."""
        return self.card.name

    @property
    def version(self) -> str:
        """That of the card."""
        return self.card.version

    @property
    def enough_px(self) -> int:
        """Width of the model's input."""
        return self.card.input.width

    @property
    def gauges(self) -> Gauges:
        """None."""
        return {}

    @property
    def provider(self) -> str:
        """Name of the execution provider in use, as onnxruntime calls it."""
        return str(self._session.get_providers()[0])

    def warm_up(self) -> None:
        """Run every prepared batch size once.

        Raises:
            ModelUnavailable: The model loads but does not run.
        """
        size = (self.card.input.height, self.card.input.width, 3)
        try:
            for bucket in BUCKETS if self._on_gpu else BUCKETS[:1]:
                self.boxes([np.zeros(size, dtype=np.uint8)] * bucket)
        except InferenceFailed as exc:
            raise ModelUnavailable(
                f"model {self.card.name}: loads, but does not run on {self.provider}: {exc}"
            ) from exc

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Find objects in a batch of frames; see :class:`ommatid_jobs.detectors.Detector`."""
        return [Seen(self.version, boxes) for boxes in self.boxes([picture.image for picture in pictures])]

    def close(self) -> None:
        """Nothing waits."""

    def boxes(self, images: Sequence[Image]) -> list[tuple[Box, ...]]:
        """Find objects in a batch of images.

        Returns:
            For each image, in order, its boxes: best score first, relative to the image.

        Raises:
            InferenceFailed: The model could not be run on this batch.
        """
        largest = BUCKETS[-1]
        parts = [images[start : start + largest] for start in range(0, len(images), largest)]
        return [boxes for part in parts for boxes in self._detect_part(part)]

    def _detect_part(self, images: Sequence[Image]) -> list[tuple[Box, ...]]:
        pixels, placements = self._letterboxed(images)
        boxes, scores = self._run(normalised(self.card, pixels))
        return [self._boxes(boxes[index], scores[index], placed) for index, placed in enumerate(placements)]

    def _letterboxed(self, images: Sequence[Image]) -> tuple[NDArray[np.uint8], list[Placement]]:
        expects = self.card.input
        pixels = np.zeros((self._padded(len(images)), expects.height, expects.width, 3), dtype=np.uint8)
        return pixels, [letterbox(image, pixels[index], expects.letterbox) for index, image in enumerate(images)]

    def _padded(self, size: int) -> int:
        """On a GPU every new batch size costs a preparation of its own, so sizes are rounded up."""
        return next(bucket for bucket in BUCKETS if bucket >= size) if self._on_gpu else size

    def _run(self, tensor: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        names = [self.card.output.boxes, self.card.output.scores]
        try:
            outputs = self._session.run(names, {self.card.input.name: tensor})
        except _ORT_ERRORS as exc:
            raise InferenceFailed(f"model {self.card.name}: batch of {len(tensor)} on {self.provider}: {exc}") from exc
        boxes, scores = cast("list[NDArray[np.float32]]", outputs)
        return boxes, scores

    def _boxes(self, boxes: NDArray[np.float32], scores: NDArray[np.float32], placed: Placement) -> tuple[Box, ...]:
        best = scores.max(axis=1)
        likely = np.flatnonzero(best >= self.card.score_threshold)
        classes = scores[likely].argmax(axis=1)
        kept = suppress(boxes[likely], best[likely], self._groups[classes], self.card.suppression.iou)
        corners = to_relative(boxes[likely][kept], placed)
        labels = [self.card.classes[index] for index in classes[kept]]
        found = zip(labels, best[likely][kept].tolist(), corners.tolist(), strict=True)
        return tuple(Box(label, score, *corner) for label, score, corner in found if corner[2] > 0 and corner[3] > 0)


def normalised(card: ModelCard, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Input tensor of letterboxed images.

    Args:
        card: Says channel order, mean and standard deviation.
        pixels: (n, H, W, 3) uint8 BGR.

    Returns:
        (n, 3, H, W) float32.
    """
    count, height, width, _ = pixels.shape
    tensor = np.empty((count, 3, height, width), dtype=np.float32)
    channels = (0, 1, 2) if card.input.channel_order == "BGR" else (2, 1, 0)
    for plane, (channel, mean, std) in enumerate(zip(channels, card.input.mean, card.input.std, strict=True)):
        np.multiply(pixels[..., channel], np.float32(1 / std), out=tensor[:, plane])
        tensor[:, plane] -= np.float32(mean / std)
    return tensor


def providers_for(device: Device, available: Collection[str], *, gpu_driver: bool) -> list[str]:
    """Execution providers to ask for, best first.

    The GPU build of onnxruntime lists its GPU providers on every machine; without NVIDIA's driver
    they cannot load, and asking for them only fills the log.
    """
    wanted = {"auto": ["cuda"] if gpu_driver else [], "cpu": [], "cuda": ["cuda"], "tensorrt": ["tensorrt", "cuda"]}
    return [_PROVIDER[kind] for kind in (*wanted[device], "cpu") if _PROVIDER[kind] in available]


def _session(model: Path, threads: int, device: Device) -> onnxruntime.InferenceSession:
    providers = providers_for(device, onnxruntime.get_available_providers(), gpu_driver=_gpu_driver_present())
    try:
        session = onnxruntime.InferenceSession(model, _session_options(threads), providers=providers)
    except _ORT_ERRORS as exc:
        raise ModelUnavailable(f"{model}: expected an ONNX model that onnxruntime loads, found: {exc}") from exc
    _check_device(model, device, asked=providers[0], got=session.get_providers()[0])
    return session


def _session_options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A waiting pool that spins takes the cores from Flink and the JPEG decoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _gpu_driver_present() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _check_device(model: Path, device: Device, asked: str, got: str) -> None:
    if device == "auto" and asked != got:
        _log.warning("%s: asked for %s, running on %s: CUDA or cuDNN libraries are missing", model, asked, got)
    if device not in {"auto", "cpu"} and got != _PROVIDER[device]:
        raise ModelUnavailable(
            f"{model}: expected to run on {_PROVIDER[device]}, found only {got}; "
            "install the NVIDIA driver with CUDA and cuDNN, or allow device 'auto'"
        )


def _check_tensors(card: ModelCard, model: Path, session: onnxruntime.InferenceSession) -> None:
    """Hold names and sizes against the card; a size that the model leaves open agrees with every card."""
    found = {tensor.name: tensor.shape for tensor in (*session.get_inputs(), *session.get_outputs())}
    expected = {
        card.input.name: ["N", 3, card.input.height, card.input.width],
        card.output.boxes: ["N", "A", 4],
        card.output.scores: ["N", "A", len(card.classes)],
    }
    for name, shape in expected.items():
        if name not in found or not _agree(shape, found[name]):
            raise ModelUnavailable(
                f"{model}: expected the tensor {name!r} of shape {shape}, as its card says, found {found}; "
                "correct the card"
            )


def _agree(expected: Sequence[str | int], found: Sequence[str | int | None]) -> bool:
    sizes = zip(expected, found, strict=False)
    return len(expected) == len(found) and all(a == b for a, b in sizes if isinstance(a, int) and isinstance(b, int))


def _suppression_groups(card: ModelCard) -> NDArray[np.intp]:
    """Number of each class's group; classes that are not suppressed together are alone in theirs."""
    numbers = {name: number for number, name in enumerate(card.classes)}
    for together in card.suppression.together:
        numbers.update(dict.fromkeys(together, numbers[together[0]]))
    return np.array([numbers[name] for name in card.classes], dtype=np.intp)
