import numpy as np

from ommatid_fleet.backtest.remembering import Memory, RememberingDetector
from ommatid_jobs.detectors import FakeDetector, InferenceFailed, Picture, Seen


def picture(jpeg: bytes) -> Picture:
    return Picture("street-1", jpeg, np.zeros((4, 4, 3), np.uint8))


class Failing(FakeDetector):
    def detect(self, pictures: object) -> list[Seen | InferenceFailed]:
        del pictures
        self.batch_sizes.append(1)
        return [InferenceFailed("no")]


def test_a_picture_is_looked_at_once_by_the_same_model():
    memory: Memory = {}
    models = [FakeDetector(), FakeDetector()]
    first, second = (RememberingDetector(it, "same", memory) for it in models)
    before = first.detect([picture(b"1"), picture(b"2")])

    assert second.detect([picture(b"2"), picture(b"3"), picture(b"1")]) == [before[1], before[0], before[0]]
    assert [it.batch_sizes for it in models] == [[2], [1]]
    assert (first.remembered, second.remembered) == (0, 2)


def test_another_model_of_the_same_name_looks_for_itself():
    memory: Memory = {}
    other = FakeDetector()
    RememberingDetector(FakeDetector(), "one", memory).detect([picture(b"1")])

    RememberingDetector(other, "other", memory).detect([picture(b"1")])

    assert other.batch_sizes == [1]


def test_a_failure_is_not_remembered():
    failing = Failing()
    detector = RememberingDetector(failing, "same", {})

    for _ in range(2):
        assert isinstance(detector.detect([picture(b"1")])[0], InferenceFailed)
    assert failing.batch_sizes == [1, 1]
