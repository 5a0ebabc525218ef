"""The judgement over one camera's frames: selection, with the state that it needs from frame to frame."""

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_selection import Chosen, DropReason, Look, SelectionState, decide, look
from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.picture import ArrivedFrame
from ommatid_edge.trigger_board import NO_CALL, TriggerBoard


class FrameJudge:
    """Decides which frames are chosen; an onlooker of the gears. One thread judges at a time.

    Args:
        plan: Camera; may be replaced between two frames.
        triggers: Who may open the event layer.
    """

    def __init__(self, plan: CameraPlan, triggers: TriggerBoard) -> None:
        self.plan = plan
        self.state = SelectionState()
        self.alive = False
        self._triggers = triggers
        self._call = NO_CALL
        self._noticed_at_us = 0
        self._look_back_to_us: int | None = None
        self._glanced: tuple[ArrivedFrame, SelectionState, Look] | None = None

    def glance(self, frame: ArrivedFrame) -> bool:
        """Whether a frame asks for those around it; decides nothing."""
        seen = look(self.plan, self.state, frame)
        self._glanced = (frame, self.state, seen)
        return seen.worth_following

    def wanted(self, at_us: int) -> bool:
        """Whether a trigger covers this time of arrival; the first answer after a trigger dates its notice."""
        call = self._triggers.call(self.plan.camera_id)
        if call is not self._call:
            self._notice(at_us)
            self._call = call
        return self._covers(at_us)

    def judge(self, frame: ArrivedFrame) -> Chosen | DropReason:
        """Decide over the next frame."""
        seen = self._look(frame)
        until_us = self._event_until_us(frame, seen.stamp.captured_at_us)
        selection = decide(self.plan, self.state, seen, until_us)
        self.state = selection.state
        self.alive = seen.alive
        return selection.verdict

    def shifted(self, report: GearReport) -> None:
        """Gears do not change the judgement."""

    def _look(self, frame: ArrivedFrame) -> Look:
        glanced, self._glanced = self._glanced, None
        if glanced is not None and glanced[0] is frame and glanced[1] is self.state:
            return glanced[2]
        return look(self.plan, self.state, frame)

    def _covers(self, at_us: int) -> bool:
        """Whether the call is for this time; one from before a clock went back does not count."""
        return 0 < self._call.until_us - at_us <= 2 * self.plan.policy.event_window_us

    def _notice(self, at_us: int) -> None:
        if self._covers(at_us):
            return
        self._noticed_at_us, self._look_back_to_us = at_us, None
        call, look_back_us = self._triggers.call(self.plan.camera_id), self.plan.decode.look_back_us
        if look_back_us:
            self._look_back_to_us = max(call.cause_captured_at_us, at_us - look_back_us)

    def _event_until_us(self, frame: ArrivedFrame, captured_at_us: int) -> int:
        """End of the event layer for a frame; 0 for one that arrived before the trigger, unless look-back covers it."""
        self.wanted(frame.arrived_at_us)
        back_to_us = self._look_back_to_us
        covered = frame.arrived_at_us >= self._noticed_at_us or (
            back_to_us is not None and captured_at_us >= back_to_us
        )
        return self._call.until_us if covered else 0
