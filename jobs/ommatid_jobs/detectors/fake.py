"""A detector for tests and for measuring everything but the model."""

from collections.abc import Callable, Sequence

from ommatid_jobs.detectors.detector import Gauges, Image, InferenceFailed, Picture, Seen
from ommatid_schemas.events import Box

PERSON = Box("person", score=0.9, x=0.4, y=0.2, w=0.2, h=0.6)


class FakeDetector:
    """Answers at once, and always the same for the same image.

    Args:
        answer: Boxes for an image; may raise InferenceFailed. By default one person in the middle.

    Attributes:
        batch_sizes: Number of pictures of each call so far.
    """

    name = "fake"
    version = "1"
    enough_px = 416

    def __init__(self, answer: Callable[[Image], tuple[Box, ...]] | None = None) -> None:
        self.batch_sizes: list[int] = []
        self.closed = False
        self._answer = answer or _one_person

    @property
    def gauges(self) -> Gauges:
        """None."""
        return {}

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        """Answer for each picture; see :class:`ommatid_jobs.detectors.Detector`."""
        self.batch_sizes.append(len(pictures))
        return [Seen(self.version, self._answer(picture.image)) for picture in pictures]

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def _one_person(image: Image) -> tuple[Box, ...]:
    del image
    return (PERSON,)
