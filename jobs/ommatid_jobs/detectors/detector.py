"""The contract that every model stands behind."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ommatid_jobs.detectors.model_card import ModelCard
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import Box

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, origin top left, as OpenCV decodes it."""


class ModelUnavailable(OmmatidError):
    """A model cannot be loaded or run at all on this machine; the job does not start."""


class InferenceFailed(OmmatidError):
    """One call of a loaded model failed; trying again can help."""

    retriable = True


class Detector(Protocol):
    """A loaded model. Calls from several threads at once are allowed and do not mix."""

    @property
    def card(self) -> ModelCard:
        """What the model is, and which classes it knows."""
        ...

    def detect(self, images: Sequence[Image]) -> list[tuple[Box, ...]]:
        """Find objects in a batch of images, which may differ in size.

        Returns:
            For each image, in order, its boxes: best score first, relative to the image.

        Raises:
            InferenceFailed: The model could not be run on this batch.
        """
        ...
