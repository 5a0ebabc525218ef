"""A detector for tests and for measuring everything but the model."""

from collections.abc import Callable, Sequence

from ommatid_jobs.detectors.detector import Image
from ommatid_jobs.detectors.model_card import ModelCard, load_card
from ommatid_schemas.events import Box

PERSON = Box("person", score=0.9, x=0.4, y=0.2, w=0.2, h=0.6)


class FakeDetector:
    """Answers at once, and always the same for the same image.

    Args:
        answer: Boxes for an image; may raise InferenceFailed. By default one person in the middle.
        card: Card to show; by default that of nanodet-416 under the name ``fake``.

    Attributes:
        batch_sizes: Number of images of each call so far.
    """

    def __init__(self, answer: Callable[[Image], tuple[Box, ...]] | None = None, card: ModelCard | None = None) -> None:
        self.card = card or load_card("nanodet-416").model_copy(update={"name": "fake"})
        self.batch_sizes: list[int] = []
        self._answer = answer or _one_person

    def detect(self, images: Sequence[Image]) -> list[tuple[Box, ...]]:
        """Answer for each image; see :class:`ommatid_jobs.detectors.Detector`."""
        self.batch_sizes.append(len(images))
        return [self._answer(image) for image in images]


def _one_person(image: Image) -> tuple[Box, ...]:
    del image
    return (PERSON,)
