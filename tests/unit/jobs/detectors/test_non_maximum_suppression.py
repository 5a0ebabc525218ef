import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ommatid_jobs.detectors.non_maximum_suppression import intersection_over_union, suppress

Candidate = tuple[int, int, int, int, int, int]
candidates = st.tuples(
    st.integers(0, 8), st.integers(0, 8), st.integers(0, 6), st.integers(0, 6), st.integers(1, 5), st.integers(0, 1)
)


def arrays(found: list[Candidate]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.intp]]:
    table = np.array(found, dtype=np.float32).reshape(-1, 6)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    return boxes, table[:, 4] / 5, table[:, 5].astype(np.intp)


def overlap(a: Candidate, b: Candidate) -> float:
    wide = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    high = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(wide, 0) * max(high, 0)
    union = a[2] * a[3] + b[2] * b[3] - shared
    return shared / union if union else 0


def brute_force(found: list[Candidate], iou: float) -> list[int]:
    kept: list[int] = []
    for index in sorted(range(len(found)), key=lambda index: -found[index][4]):
        rivals = (found[better] for better in kept if found[better][5] == found[index][5])
        if all(overlap(rival, found[index]) <= iou for rival in rivals):
            kept.append(index)
    return kept


@settings(max_examples=100)
@given(found=st.lists(candidates, max_size=12), iou=st.sampled_from([0.0, 0.3, 0.55, 0.9, 1.0]))
def test_suppression_agrees_with_brute_force(found: list[Candidate], iou: float):
    assert suppress(*arrays(found), iou).tolist() == brute_force(found, iou)


@pytest.mark.parametrize(
    ("other", "expected"),
    [((0, 0, 10, 10), 1.0), ((5, 0, 15, 10), 1 / 3), ((10, 0, 20, 10), 0.0), ((2, 2, 2, 2), 0.0)],
)
def test_overlap_of_two_boxes(other: tuple[int, int, int, int], expected: float):
    boxes = np.array([(0, 0, 10, 10), other], dtype=np.float32)

    assert intersection_over_union(boxes)[0, 1] == pytest.approx(expected)


def test_boxes_of_different_groups_do_not_suppress_each_other():
    boxes = np.array([[0, 0, 10, 10]] * 2, dtype=np.float32)
    scores = np.array([0.5, 0.9], dtype=np.float32)

    assert suppress(boxes, scores, np.array([0, 1]), 0.6).tolist() == [1, 0]
    assert suppress(boxes, scores, np.array([0, 0]), 0.6).tolist() == [1]
