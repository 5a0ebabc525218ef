from dataclasses import replace

import numpy as np
import pytest

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_selection import Chosen, DropReason, SelectionState, decide, look
from ommatid_edge.picture import ArrivedFrame
from ommatid_schemas.events import Clock, Reason
from tests.unit.edge_agent.footage import NOON_US, Footage


def verdicts(plan: CameraPlan, frames: list[ArrivedFrame], event_until_us: int = 0) -> list[Reason | DropReason]:
    state, found = SelectionState(), list[Reason | DropReason]()
    for frame in frames:
        selection = decide(plan, state, look(plan, state, frame), event_until_us)
        state = selection.state
        found.append(selection.verdict.reason if isinstance(selection.verdict, Chosen) else selection.verdict)
    return found


def test_a_still_scene_gives_its_first_frame_and_then_one_per_baseline_interval(plan: CameraPlan, footage: Footage):
    found = verdicts(plan, footage.still(601))

    assert [n for n, it in enumerate(found) if it is Reason.BASELINE] == [0, 300, 600]
    assert {it for it in found if it is not Reason.BASELINE} == {DropReason.NOT_DUE}


def test_a_trigger_opens_the_event_layer_for_every_frame(plan: CameraPlan, footage: Footage):
    found = verdicts(plan, footage.still(40), event_until_us=NOON_US + 2_000_000)

    # Captured 0.08 s before arrival: frames 0..20 lie before the end of the event layer.
    assert found[:21] == [Reason.EVENT] * 21
    assert found[21:] == [DropReason.NOT_DUE] * 19


def test_motion_gives_two_frames_a_second(plan: CameraPlan, footage: Footage):
    moving = list[ArrivedFrame]()
    for number in range(40):
        pixels = np.full((100, 133, 3), 60, np.uint8)
        pixels[40:70, 2 * number : 2 * number + 30] = 200
        moving.append(footage.frame(number, pixels))

    found = verdicts(plan, moving)

    assert found.count(Reason.MOTION) in (8, 9)


def test_switched_light_is_published_as_a_scene_change(plan: CameraPlan, footage: Footage):
    found = verdicts(plan, footage.still(5) + footage.still(5, start=5, level=200))

    assert found[5] is Reason.SCENE_CHANGE


def test_a_corrupt_frame_is_dropped_and_teaches_the_gate_nothing(plan: CameraPlan, footage: Footage):
    frames = footage.still(10)
    frames[5] = footage.frame(5, np.full((100, 133, 3), 255, np.uint8), corrupt=True)

    found = verdicts(plan, frames)

    assert found[5] is DropReason.CORRUPT_FRAME
    assert set(found[6:]) == {DropReason.NOT_DUE}


@pytest.mark.parametrize(("share", "expected"), [(0.0, DropReason.NOT_DUE), (1.0, Reason.SHADOW)])
def test_the_shadow_share_bypasses_the_gate(
    plan: CameraPlan, footage: Footage, share: float, expected: Reason | DropReason
):
    shadowed = replace(plan, policy=replace(plan.policy, shadow_share=share))

    assert set(verdicts(shadowed, footage.still(10))[1:]) == {expected}


def test_a_chosen_frame_carries_the_cameras_capture_time(plan: CameraPlan, footage: Footage):
    state = SelectionState()
    verdict = decide(plan, state, look(plan, state, footage.still(1)[0]), 0).verdict

    assert verdict == Chosen(NOON_US - 80_000, Clock.RTCP, Reason.BASELINE, 0.0)
