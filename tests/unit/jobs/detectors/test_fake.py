import numpy as np

from ommatid_jobs.detectors import Detector, FakeDetector, Picture, Seen
from ommatid_jobs.detectors.fake import PERSON
from ommatid_schemas.events import Box

DARK = Picture("lobby-1", b"", np.zeros((4, 4, 3), dtype=np.uint8))
BRIGHT = Picture("lobby-1", b"", np.full((4, 4, 3), 255, dtype=np.uint8))


def test_the_fake_is_a_detector_that_sees_one_person():
    fake: Detector = FakeDetector()

    assert fake.detect([DARK, DARK]) == [Seen("1", (PERSON,))] * 2
    assert fake.name == "fake"


def test_the_fake_answers_as_told_and_remembers_its_batches():
    car = Box("car", 0.5, 0, 0, 1, 1)
    fake = FakeDetector(answer=lambda image: (car,) if image.any() else ())

    assert fake.detect([DARK, BRIGHT]) == [Seen("1"), Seen("1", (car,))]
    assert fake.batch_sizes == [2]
