from pathlib import Path

import numpy as np
import pytest

from ommatid_edge.simulator.make_footage import WALKS, cut_in, write_events
from ommatid_edge.simulator.scenes import FOOTAGE


def test_the_committed_event_times_are_those_of_the_walks(tmp_path: Path) -> None:
    write_events(tmp_path / "events.csv")

    assert (tmp_path / "events.csv").read_text() == (FOOTAGE / "sparse.events.csv").read_text()


def test_a_walk_is_interpolated_between_its_boxes() -> None:
    walk = WALKS[0]

    assert walk.box_px(421) == (745, 288, 770, 384)
    assert walk.box_px(426) == pytest.approx((715, 278, 742, 376), abs=1)


def test_cutting_in_takes_the_person_and_leaves_the_rest() -> None:
    background = np.full((100, 100, 3), 90, np.uint8)
    source = background.copy()
    source[30:70, 40:60] = 200
    source[:20, :20] = 200

    pasted = cut_in(background, source, (40, 30, 60, 70))

    assert (pasted[35:65, 45:55] == 200).all()
    assert (pasted[:15, :15] == 90).all()
