"""The contract that every model stands behind: frames in, boxes or answers out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import Box

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, origin top left, as OpenCV decodes it."""


NOT_DECODED: Image = np.empty((0, 0, 3), dtype=np.uint8)
"""Stands where a model asks for no pixels."""


class ModelUnavailable(OmmatidError):
    """A model cannot be loaded or run at all on this machine; the job does not start."""


class InferenceFailed(OmmatidError):
    """One call of a loaded model failed; trying again can help."""

    retriable = True


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One frame on its way to a model.

    Attributes:
        jpeg: As it was published.
        image: Decoded, perhaps at a reduced size or not at all; see :attr:`Detector.enough_px`.
    """

    camera_id: str
    jpeg: bytes = field(repr=False)
    image: Image = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a model saw in one frame.

    Attributes:
        version: Version of the model that looked; it stands here because a model can be replaced
            between a call and whatever is asked of it afterwards.
        boxes: Best score first, relative to the frame.
        answer: JSON text of a vision language model; None when it was not asked, or could not be.
    """

    version: str
    boxes: tuple[Box, ...] = ()
    answer: str | None = field(default=None, repr=False)


Gauges = Mapping[str, Callable[[], int]]
"""Whole numbers by name, for metrics that read them whenever they like."""


class Detector(Protocol):
    """A loaded model. Calls from several threads at once are allowed and do not mix."""

    @property
    def name(self) -> str:
        """Name that goes into every result."""
        ...

    @property
    def version(self) -> str:
        """Version that would look now; that of a frame that was looked at is in :class:`Seen`."""
        ...

    @property
    def enough_px(self) -> int:
        """Length of the longer side that images need; larger ones gain nothing. 0: frames are not decoded at all."""
        ...

    @property
    def gauges(self) -> Gauges:
        """What the model wants to have shown beside the duration of its calls."""
        ...

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Look at a batch of frames, of several cameras and sizes; those of one camera are oldest first.

        Returns:
            For each picture, in order, what was seen, or why there is nothing: then only this
            picture is lost, and asking again at once would not help.

        Raises:
            InferenceFailed: The model could not be run on this batch; single pictures may work.
        """
        ...

    def close(self) -> None:
        """Give up what waits; calls under way end with what they have sent."""
        ...
