"""Run an ONNX model behind the detector contract, on a GPU where there is one, else on the CPU."""

from collections.abc import Sequence
from functools import partial
from importlib.resources import as_file
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.detector import Gauges, Image, InferenceFailed, Picture, Seen
from ommatid_jobs.detectors.execution import BUCKETS, Device, Execution, attempts
from ommatid_jobs.detectors.letterbox import Placement, letterbox, to_relative
from ommatid_jobs.detectors.model_card import ModelCard, load_card, model_folder
from ommatid_jobs.detectors.non_maximum_suppression import suppress
from ommatid_jobs.detectors.onnx_session import OnnxSession, available_providers, gpu_driver_present
from ommatid_jobs.detectors.session_chain import SessionChain
from ommatid_schemas.events import Box


def load_detector(name: str, threads: int = 1, device: Device = "auto") -> "OnnxDetector":
    """Load a packaged model and run it once per prepared batch size, so that the first frame is not slow.

    Args:
        name: Name of the model, as in the fleet file's ``detector``.
        threads: CPU threads of one call.
        device: See :class:`ommatid_jobs.detectors.execution.Execution`.

    Raises:
        ConfigurationError: There is no model of that name.
        ModelUnavailable: It does not load or run on this machine.
    """
    card = load_card(name)
    with as_file(model_folder(name) / "model.onnx") as model:
        return OnnxDetector(card, open_chain(card, model, Execution(device=device, threads=threads)))


def open_chain(card: ModelCard, model: Path, execution: Execution) -> SessionChain:
    """Load an ONNX file on the first device that does, and run it once per prepared batch size.

    The file must stay where it is when the CPU may take over: it is read again then.

    Raises:
        ModelUnavailable: It does not load or run, is not what the card says, or the device is not there.
    """
    ways = attempts(execution, card.input, available_providers(), gpu_driver=gpu_driver_present())
    openers = [partial(OnnxSession, card, model, way, threads=execution.threads) for way in ways]
    return SessionChain(card.name, openers)


class OnnxDetector:
    """A loaded ONNX model; ``detect`` may be called from several threads.

    Args:
        card: What the model expects and gives; its name and version go into every result.
        chain: The model itself.
    """

    def __init__(self, card: ModelCard, chain: SessionChain) -> None:
        self.card = card
        self._chain = chain
        self._groups = _suppression_groups(card)

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
        """Longer side of the model's input."""
        return max(self.card.input.width, self.card.input.height)

    @property
    def gauges(self) -> Gauges:
        """Whether the model runs on a GPU now, and how many devices failed at load or since."""
        return {"on_gpu": lambda: int(self._chain.current.on_gpu), "device_failures": lambda: self._chain.failures}

    @property
    def provider(self) -> str:
        """Name of the execution provider in use, as onnxruntime calls it."""
        return self._chain.current.provider

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
        expects = self.card.input
        pixels = np.zeros((len(images), expects.height, expects.width, 3), dtype=np.uint8)
        placements = [letterbox(image, pixels[index], expects.letterbox) for index, image in enumerate(images)]
        boxes, scores = self._chain.run(pixels)
        return [self._boxes(boxes[index], scores[index], placed) for index, placed in enumerate(placements)]

    def _boxes(self, boxes: NDArray[np.float32], scores: NDArray[np.float32], placed: Placement) -> tuple[Box, ...]:
        best = scores.max(axis=1)
        likely = np.flatnonzero(best >= self.card.score_threshold)
        classes = scores[likely].argmax(axis=1)
        kept = suppress(boxes[likely], best[likely], self._groups[classes], self.card.suppression.iou)
        corners = to_relative(boxes[likely][kept], placed)
        labels = [self.card.classes[index] for index in cast("list[int]", classes[kept].tolist())]
        found = zip(labels, best[likely][kept].tolist(), corners.tolist(), strict=True)
        return tuple(Box(label, score, *corner) for label, score, corner in found if corner[2] > 0 and corner[3] > 0)


def _suppression_groups(card: ModelCard) -> NDArray[np.intp]:
    """Number of each class's group; classes that are not suppressed together are alone in theirs."""
    numbers = {name: number for number, name in enumerate(card.classes)}
    for together in card.suppression.together:
        numbers.update(dict.fromkeys(together, numbers[together[0]]))
    return np.array([numbers[name] for name in card.classes], dtype=np.intp)
