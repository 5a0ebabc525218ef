# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# onnxruntime is partly typed, its exceptions (a compiled module) are not; nothing of it leaves this module.
"""A model in onnxruntime, on one device.

On a GPU, inputs and outputs are bound to buffers (onnxruntime's IOBinding) that are allocated once
per batch size and concurrent call, and kept: then a call allocates nothing, and no batch size is
new. The same code runs on the CPU when it is told to, which is how it is tested; with a real GPU it
has not been run.
"""

import ctypes
import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from ommatid_jobs.detectors.detector import InferenceFailed, ModelUnavailable
from ommatid_jobs.detectors.execution import BUCKETS, Attempt, bucket_for
from ommatid_jobs.detectors.model_card import ModelCard
from ommatid_jobs.detectors.normalisation import normalised
from ommatid_jobs.detectors.session_chain import Outputs, Pixels

# onnxruntime's exceptions share no base class but Exception; its copies to and from a device raise RuntimeError.
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
    RuntimeError,
)


def available_providers() -> Collection[str]:
    """Execution providers of this build of onnxruntime, whether or not they can load here."""
    return onnxruntime.get_available_providers()


def gpu_driver_present() -> bool:
    """Whether NVIDIA's driver can be loaded."""
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


class OnnxSession:
    """One ONNX file, loaded; see :class:`ommatid_jobs.detectors.session_chain.Session`.

    Args:
        card: What the model expects and gives.
        model: The ONNX file.
        attempt: Where it has to run.
        threads: CPU threads of one call; they do not spin while they wait.
        bound: Fill batches up and bind buffers, as on a GPU; None does so on a GPU only. On a CPU
            filling up costs what the added frames cost.

    Raises:
        ModelUnavailable: The file does not load, is not what the card says, or the device is not there.
    """

    def __init__(
        self, card: ModelCard, model: Path, attempt: Attempt, *, threads: int = 1, bound: bool | None = None
    ) -> None:
        self._card = card
        self._session = _opened(model, attempt, threads)
        self.provider = str(self._session.get_providers()[0])
        self.on_gpu = attempt.on_gpu
        _check_tensors(card, model, self._session)
        self._bound = attempt.on_gpu if bound is None else bound
        self._lock = threading.Lock()
        self._free: dict[int, list[_BoundLane]] = {bucket: [] for bucket in BUCKETS}

    def run(self, pixels: Pixels) -> Outputs:
        """Run one batch; what is returned belongs to the caller."""
        try:
            with self._lane(len(pixels)) as lane:
                normalised(self._card, pixels, out=lane.tensor[: len(pixels)])
                boxes, scores = lane.run()
                return boxes[: len(pixels)], scores[: len(pixels)]
        except _ORT_ERRORS as exc:
            raise InferenceFailed(f"model {self._card.name}: batch of {len(pixels)} on {self.provider}: {exc}") from exc

    def warm_up(self) -> None:
        """Run every prepared batch size, so that none of them is prepared while a frame waits."""
        for bucket in BUCKETS if self._bound else BUCKETS[:1]:
            self.run(self._blank(bucket))

    def works(self) -> bool:
        """Whether the device runs a blank frame."""
        try:
            self.run(self._blank(1))
        except InferenceFailed:
            return False
        return True

    def _blank(self, batch: int) -> Pixels:
        return np.zeros((batch, self._card.input.height, self._card.input.width, 3), dtype=np.uint8)

    @contextmanager
    def _lane(self, size: int) -> Generator["_Lane"]:
        """A place to run a batch that nobody else uses meanwhile; a bound one that failed is not used again."""
        if not self._bound:
            yield _PlainLane(self._session, self._card, size)
            return
        bucket = bucket_for(size)
        with self._lock:
            lane = self._free[bucket].pop() if self._free[bucket] else None
        lane = lane or _BoundLane(self._session, self._card, bucket, self._device)
        yield lane
        with self._lock:
            self._free[bucket].append(lane)

    @property
    def _device(self) -> str:
        return "cuda" if self.on_gpu else "cpu"


class _Lane(Protocol):
    @property
    def tensor(self) -> NDArray[np.float32]:
        """Input to be filled, (n, 3, height, width)."""
        ...

    def run(self) -> Outputs:
        """Run what the tensor holds; what is returned belongs to the caller."""
        ...


class _PlainLane:
    """Memory is taken for one call and given back."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard, size: int) -> None:
        self.tensor = _tensor(card, size)
        self._session = session
        self._card = card

    def run(self) -> Outputs:
        outputs = self._session.run(
            [self._card.output.boxes, self._card.output.scores], {self._card.input.name: self.tensor}
        )
        boxes, scores = cast("list[NDArray[np.float32]]", outputs)
        return boxes, scores


class _BoundLane:
    """Buffers on the device and on the host for one batch size, allocated once."""

    def __init__(self, session: onnxruntime.InferenceSession, card: ModelCard, bucket: int, device: str) -> None:
        self.tensor = _tensor(card, bucket)
        self._session = session
        self._binding = session.io_binding()
        self._input = _device_buffer(self.tensor.shape, device)
        self._binding.bind_ortvalue_input(card.input.name, self._input)
        self._outputs = [_device_buffer(shape, device) for shape in _output_shapes(session, card, bucket)]
        for name, buffer in zip((card.output.boxes, card.output.scores), self._outputs, strict=True):
            self._binding.bind_ortvalue_output(name, buffer)

    def run(self) -> Outputs:
        self._input.update_inplace(self.tensor)
        self._session.run_with_iobinding(self._binding)
        boxes, scores = map(_on_host, self._outputs)
        return boxes, scores


def _tensor(card: ModelCard, size: int) -> NDArray[np.float32]:
    return np.zeros((size, 3, card.input.height, card.input.width), dtype=np.float32)


def _device_buffer(shape: Sequence[int], device: str) -> onnxruntime.OrtValue:
    return onnxruntime.OrtValue.ortvalue_from_shape_and_type(list(shape), np.float32, device, 0)


def _on_host(buffer: onnxruntime.OrtValue) -> NDArray[np.float32]:
    """A copy: what lies on the CPU already would be shared with the next batch."""
    array = buffer.numpy()
    return array.copy() if buffer.device_name() == "cpu" else array


def _output_shapes(session: onnxruntime.InferenceSession, card: ModelCard, bucket: int) -> list[tuple[int, ...]]:
    """As a run gives them: a model may leave the number of its boxes open."""
    return [(bucket, *output.shape[1:]) for output in _PlainLane(session, card, 1).run()]


def _opened(model: Path, attempt: Attempt, threads: int) -> onnxruntime.InferenceSession:
    known = available_providers()
    wanted = [provider for provider in attempt.providers if provider[0] in known]
    try:
        session = onnxruntime.InferenceSession(
            model,
            _session_options(threads),
            providers=[name for name, _ in wanted],
            provider_options=[dict(options) for _, options in wanted],
            # It would go on with the CPU by itself, whether or not the fleet file allows that.
            enable_fallback=0,
        )
    except (*_ORT_ERRORS, ValueError) as exc:
        raise ModelUnavailable(
            f"{model}: expected an ONNX model that onnxruntime loads on {attempt.provider}, found: {exc}"
        ) from exc
    _check_device(model, attempt, got=session.get_providers()[0])
    return session


def _session_options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A waiting pool that spins takes the cores from Flink and the JPEG decoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _check_device(model: Path, attempt: Attempt, got: str) -> None:
    if got != attempt.provider:
        raise ModelUnavailable(
            f"{model}: expected to run on {attempt.provider}, found only {got}; install the NVIDIA driver "
            "with CUDA and cuDNN (and TensorRT for that device), or set `fallback: cpu` or `device: auto`"
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
