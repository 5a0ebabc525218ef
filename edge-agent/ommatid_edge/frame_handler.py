"""What happens to each frame of one camera, from its arrival until it is handed over."""

from collections.abc import Mapping
from typing import Protocol

import structlog

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.capture_clock import TRUSTED_OFFSET_US, ClockState
from ommatid_edge.chosen_frame import ChosenFrame, FrameOutlet
from ommatid_edge.decoding import Decoded
from ommatid_edge.frame_judge import FrameJudge
from ommatid_edge.frame_selection import Chosen, DropReason, hidden_from
from ommatid_edge.gears.obstacles import obstacle_to_idle
from ommatid_edge.gears.onlooker import GearReport
from ommatid_edge.jpeg import encode_jpeg
from ommatid_edge.picture import ArrivedFrame, SkippedPackets, UndecodedPacket
from ommatid_edge.tampering import TamperState, is_due, looked, view
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.events import Tampering

_log = structlog.get_logger(__name__)


class Reporter(Protocol):
    """Is told how clock, gear and picture of a camera are; the clock with every frame, so it is quick."""

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        """Offset to arrival, microseconds, its change, microseconds per second, and how often it jumped."""
        ...

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        """How much of the stream is decoded, and the time between two key frames, microseconds."""
        ...

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        """What is wrong with the picture, and since when, microseconds UTC."""
        ...


class FrameHandler:
    """Selects, masks and encodes the frames of one camera; outlives its connections.

    It is the onlooker of the gears. ``replan`` may be called from any thread, everything else
    belongs to the thread that reads the camera.

    Args:
        plan: Camera.
        outlet: Where chosen frames go, and the count of the others.
        triggers: Who may open the event layer.
        reporter: Told of clock, gear and picture.
    """

    def __init__(self, plan: CameraPlan, outlet: FrameOutlet, triggers: TriggerBoard, reporter: Reporter) -> None:
        self._judge = FrameJudge(plan, triggers)
        self._outlet = outlet
        self._reporter = reporter
        self._next_plan = plan
        self._obstacles: set[str] = set()
        self._tamper = TamperState()

    @property
    def alive(self) -> bool:
        """Whether the last frame moved, or showed another scene."""
        return self._judge.alive

    def replan(self, plan: CameraPlan) -> None:
        """Take another plan for the same camera, from the next frame on."""
        self._next_plan = plan

    def glance(self, frame: ArrivedFrame) -> bool:
        """Whether a frame asks for those around it; decides nothing."""
        return self._judge.glance(frame)

    def wanted(self, at_us: int) -> bool:
        """Whether a trigger covers this time of arrival, us UTC."""
        return self._judge.wanted(at_us)

    def shifted(self, report: GearReport) -> None:
        """Pass the gear on; say once why key frames do not suffice."""
        self._reporter.gear(report.gear, report.key_frame_distance_us)
        obstacle = obstacle_to_idle(self._judge.plan.decode, report)
        if obstacle is not None and report.reason not in self._obstacles:
            self._obstacles.add(report.reason)
            _log.warning("every frame is decoded", camera=self._judge.plan.camera_id, reason=obstacle)

    def handle(self, decoded: Decoded) -> None:
        """Take one frame, or packets that gave none, and hand over what becomes of it."""
        camera_id = self._judge.plan.camera_id
        if isinstance(decoded, SkippedPackets):
            self._outlet.dropped(camera_id, DropReason.NOT_DECODED, decoded.count)
            return
        try:
            outcome = self._outcome(decoded)
        except BaseException:
            self._outlet.dropped(camera_id, DropReason.AGENT_FAULT)
            raise
        if isinstance(outcome, DropReason):
            self._outlet.dropped(camera_id, outcome)
        else:
            self._outlet.chosen(outcome)

    def _outcome(self, decoded: ArrivedFrame | UndecodedPacket) -> ChosenFrame | DropReason:
        if isinstance(decoded, UndecodedPacket):
            return DropReason.UNDECODABLE_PACKET
        self._judge.plan = self._next_plan
        before = self._judge.state.clock
        verdict = self._judge.judge(decoded)
        self._watch_clock(before, self._judge.state.clock)
        self._watch_picture(decoded)
        return verdict if isinstance(verdict, DropReason) else self._encoded(decoded, verdict)

    def _encoded(self, frame: ArrivedFrame, chosen: Chosen) -> ChosenFrame | DropReason:
        plan = self._judge.plan
        jpeg = encode_jpeg(plan.jpeg, plan.masks, frame.picture.bgr())
        if jpeg is None:
            return DropReason.ENCODE_FAILED
        return ChosenFrame(
            camera_id=plan.camera_id,
            captured_at_us=chosen.captured_at_us,
            clock=chosen.clock,
            reason=chosen.reason,
            motion_score=chosen.motion_score,
            width_px=jpeg.width_px,
            height_px=jpeg.height_px,
            image=jpeg.image,
        )

    def _watch_picture(self, frame: ArrivedFrame) -> None:
        """Look now and then for tampering; the gate has done the scaling already."""
        memory = self._judge.state.gate.memory
        if memory is None or frame.corrupt or not is_due(self._tamper, frame.arrived_at_us):
            return
        luma = frame.picture.luma()
        seen = view(memory.background, luma, hidden_from(self._judge.plan, luma))
        before = self._tamper.found
        self._tamper = looked(self._tamper, seen, frame.arrived_at_us)
        if self._tamper.found != before:
            self._reporter.tampering(self._tamper.found)
            camera_id, found = self._judge.plan.camera_id, ", ".join(sorted(self._tamper.found))
            if found:
                _log.warning("picture looks tampered with", camera=camera_id, found=found)
            else:
                _log.info("picture is as usual", camera=camera_id)

    def _watch_clock(self, before: ClockState, after: ClockState) -> None:
        self._reporter.clock(after.offset_us, after.drift.drift_ppm, after.drift.jumps)
        camera_id = self._judge.plan.camera_id
        if after.drift.jumps > before.drift.jumps:
            _log.warning(
                "camera clock jumped",
                camera=camera_id,
                by_s=round(after.drift.jumped_by_us / 1e6, 1),
                jumps=after.drift.jumps,
            )
        if after.offset_us is not None and not after.trusted and (before.trusted or before.offset_us is None):
            _log.warning(
                "camera clock not trusted",
                camera=camera_id,
                reason=f"expected its clock within {TRUSTED_OFFSET_US / 1e6:.0f} s of arrival, "
                f"found {after.offset_us / 1e6:+.1f} s; using times of arrival, set up NTP on the camera",
            )
