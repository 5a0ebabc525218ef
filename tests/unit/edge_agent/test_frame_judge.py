from dataclasses import replace

import numpy as np

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_judge import FrameJudge
from ommatid_edge.frame_selection import Chosen, DropReason
from ommatid_edge.picture import ArrivedFrame
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.events import Reason
from tests.unit.edge_agent.footage import NOON_US, Footage

SECOND_US = 1_000_000


def reasons(judge: FrameJudge, frames: list[ArrivedFrame]) -> list[Reason | None]:
    verdicts = [judge.judge(frame) for frame in frames]
    return [verdict.reason if isinstance(verdict, Chosen) else None for verdict in verdicts]


def with_box(footage: Footage, number: int) -> ArrivedFrame:
    pixels = np.full((100, 133, 3), 60, np.uint8)
    pixels[40:80, 40:70] = 220
    return footage.frame(number, pixels)


def test_a_glance_tells_motion_without_deciding_or_learning(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    judge = FrameJudge(plan, board)
    judge.judge(footage.still(1)[0])
    before = judge.state

    assert judge.glance(with_box(footage, 20))
    assert judge.state is before
    assert not judge.glance(footage.still(1, start=20)[0])


def test_frames_may_be_judged_between_a_glance_and_the_judgement_of_its_frame(
    plan: CameraPlan, board: TriggerBoard, footage: Footage
):
    judge, onlooking = FrameJudge(plan, board), FrameJudge(plan, board)
    frames = [*footage.still(19), with_box(footage, 19), with_box(footage, 20)]

    judge.judge(frames[0])
    judge.glance(frames[20])
    glanced_first = [judge.judge(frame) for frame in frames[1:]]
    straight = [onlooking.judge(frame) for frame in frames][1:]

    assert glanced_first == straight


def test_a_judge_is_alive_while_the_last_frame_moves(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    judge = FrameJudge(plan, board)
    judge.judge(footage.still(1)[0])
    assert not judge.alive

    judge.judge(with_box(footage, 1))
    assert judge.alive


def test_a_trigger_takes_every_frame_from_its_notice_on(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    judge = FrameJudge(plan, board)
    frames = footage.still(40)
    judge.judge(frames[0])
    board.post("lobby-1", NOON_US + 10 * SECOND_US, NOON_US + SECOND_US)

    assert judge.wanted(frames[20].arrived_at_us)
    assert reasons(judge, frames[1:]) == [None] * 19 + [Reason.EVENT] * 20


def test_look_back_takes_buffered_frames_since_the_cause(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    looking_back = replace(plan, decode=replace(plan.decode, look_back_us=5 * SECOND_US))
    judge = FrameJudge(looking_back, board)
    frames = footage.still(40)
    judge.judge(frames[0])
    board.post("lobby-1", NOON_US + 10 * SECOND_US, frames[8].arrived_at_us - 80_000)

    judge.wanted(frames[20].arrived_at_us)

    assert reasons(judge, frames[1:]) == [None] * 7 + [Reason.EVENT] * 32


def test_look_back_goes_no_further_than_the_group_says(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    looking_back = replace(plan, decode=replace(plan.decode, look_back_us=SECOND_US))
    judge = FrameJudge(looking_back, board)
    frames = footage.still(40)
    judge.judge(frames[0])
    board.post("lobby-1", NOON_US + 10 * SECOND_US, NOON_US - 60 * SECOND_US)

    judge.wanted(frames[20].arrived_at_us)

    # Captured 0.08 s before arrival: frame 11 is the first within the second before the notice.
    assert reasons(judge, frames[1:]) == [None] * 10 + [Reason.EVENT] * 29


def test_a_trigger_is_over_at_its_end(plan: CameraPlan, board: TriggerBoard, footage: Footage):
    judge = FrameJudge(plan, board)
    board.post("lobby-1", NOON_US + SECOND_US, NOON_US)

    assert judge.wanted(NOON_US + SECOND_US - 1)
    assert not judge.wanted(NOON_US + SECOND_US)
    assert judge.judge(footage.still(1, start=30)[0]) != DropReason.NOT_DUE  # baseline


def test_a_trigger_that_extends_an_open_event_does_not_interrupt_it(
    plan: CameraPlan, board: TriggerBoard, footage: Footage
):
    judge = FrameJudge(plan, board)
    frames = footage.still(40)
    judge.judge(frames[0])
    board.post("lobby-1", NOON_US + 2 * SECOND_US, NOON_US)
    judge.wanted(frames[1].arrived_at_us)
    board.post("lobby-1", NOON_US + 20 * SECOND_US, NOON_US)
    judge.wanted(frames[10].arrived_at_us)

    assert reasons(judge, frames[1:]) == [Reason.EVENT] * 39
