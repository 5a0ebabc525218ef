"""What a log line or a crash report could print must not hold an image, not even a small one."""

import numpy as np
import pytest

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_judge import FrameJudge
from ommatid_edge.frame_selection import look
from ommatid_edge.jpeg import encode_jpeg
from ommatid_edge.picture import ArrayPicture
from ommatid_edge.trigger_board import TriggerBoard
from tests.unit.edge_agent.footage import Footage


@pytest.fixture
def shown(plan: CameraPlan, board: TriggerBoard, footage: Footage) -> dict[str, object]:
    """One of each object that holds or has held a picture, after a few frames."""
    judge = FrameJudge(plan, board)
    frames = footage.still(3, level=77)
    for frame in frames:
        judge.judge(frame)
    jpeg = encode_jpeg(plan.jpeg, plan.masks, frames[0].picture.bgr())
    assert jpeg is not None
    return {
        "picture": ArrayPicture(np.full((2, 2, 3), 77, np.uint8)),
        "arrived frame": frames[0],
        "jpeg": jpeg,
        "look": look(plan, judge.state, frames[0]),
        "selection state": judge.state,
        "judge": judge,
    }


def test_no_object_shows_pixels_when_it_is_printed(shown: dict[str, object]):
    signs = ("77, 77", "77 77", "array(", "\\xff")
    telling = [name for name, it in shown.items() if any(sign in repr(it) for sign in signs)]

    assert telling == []


def test_a_chosen_frame_shows_all_but_its_image(plan: CameraPlan, footage: Footage):
    jpeg = encode_jpeg(plan.jpeg, plan.masks, footage.still(1)[0].picture.bgr())
    assert jpeg is not None
    verdict = FrameJudge(plan, TriggerBoard(["lobby-1"])).judge(footage.still(1)[0])
    assert not isinstance(verdict, str)

    frame = ChosenFrame(
        "lobby-1", verdict.captured_at_us, verdict.clock, verdict.reason, 0.0, jpeg.width_px, jpeg.height_px, jpeg.image
    )

    assert "lobby-1" in repr(frame)
    assert "JFIF" not in repr(frame)
