import numpy as np

from ommatid_jobs.detectors import Detector, FakeDetector
from ommatid_schemas.events import Box

DARK = np.zeros((4, 4, 3), dtype=np.uint8)
BRIGHT = np.full((4, 4, 3), 255, dtype=np.uint8)


def test_the_fake_is_a_detector_that_sees_one_person():
    fake: Detector = FakeDetector()

    assert [[box.label for box in boxes] for boxes in fake.detect([DARK, DARK])] == [["person"], ["person"]]
    assert fake.card.name == "fake"


def test_the_fake_answers_as_told_and_remembers_its_batches():
    car = Box("car", 0.5, 0, 0, 1, 1)
    fake = FakeDetector(answer=lambda image: (car,) if image.any() else ())

    assert fake.detect([DARK, BRIGHT]) == [(), (car,)]
    assert fake.batch_sizes == [2]
