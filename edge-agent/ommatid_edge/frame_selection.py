"""Which frames of one camera are worth publishing: clock, gate and sampling in a row."""

from dataclasses import dataclass, field
from enum import StrEnum

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.capture_clock import ClockState, stamp
from ommatid_edge.motion_gate import GateState, Observation, gate_shape, observe
from ommatid_edge.picture import ArrivedFrame
from ommatid_schemas.events import Clock, Reason, frame_id
from ommatid_schemas.sampling import Candidate, SamplingState, choose, open_event_layer, shadow_draw


class DropReason(StrEnum):
    """Why a captured frame was not published; values are metric labels and keys of the status."""

    NOT_DUE = "not_due"
    NOT_DECODED = "not_decoded"
    CORRUPT_FRAME = "corrupt_frame"
    UNDECODABLE_PACKET = "undecodable_packet"
    ENCODE_FAILED = "encode_failed"
    QUEUE_FULL = "queue_full"
    EVICTED = "evicted"
    TOO_LARGE = "too_large"
    DELIVERY_FAILED = "delivery_failed"
    SPOOL_DAMAGED = "spool_damaged"
    AGENT_FAULT = "agent_fault"


@dataclass(frozen=True, slots=True)
class SelectionState:
    """What is remembered of one camera; it survives a reconnect."""

    clock: ClockState = field(default_factory=ClockState)
    gate: GateState = field(default_factory=GateState)
    sampling: SamplingState = field(default_factory=SamplingState)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A frame to publish: when and by which clock it was captured, why it was chosen, how much it moved (0..1)."""

    captured_at_us: int
    clock: Clock
    reason: Reason
    motion_score: float


@dataclass(frozen=True, slots=True)
class Selection:
    """The next state, and what becomes of the frame."""

    state: SelectionState
    verdict: Chosen | DropReason


def select(plan: CameraPlan, state: SelectionState, frame: ArrivedFrame, event_until_us: int) -> Selection:
    """Decide over one frame.

    Args:
        plan: Camera and the numbers of its group.
        state: State after the last frame of this camera.
        frame: Decoded frame; only its luma is looked at.
        event_until_us: Latest end of the event layer that a trigger asked for; 0 without one.
    """
    stamped = stamp(state.clock, frame.arrived_at_us, frame.rtcp_at_us)
    if frame.corrupt:
        return Selection(SelectionState(stamped.state, state.gate, state.sampling), DropReason.CORRUPT_FRAME)
    seen = _look(plan, state.gate, frame, stamped.captured_at_us)
    candidate = Candidate(
        captured_at_us=stamped.captured_at_us,
        moving=seen.moving,
        scene_changed=seen.scene_changed,
        shadow_draw=shadow_draw(frame_id(plan.camera_id, stamped.captured_at_us)),
    )
    choice = choose(plan.policy, open_event_layer(state.sampling, event_until_us), candidate)
    after = SelectionState(stamped.state, seen.state, choice.state)
    if choice.reason is None:
        return Selection(after, DropReason.NOT_DUE)
    return Selection(after, Chosen(stamped.captured_at_us, stamped.clock, choice.reason, seen.motion_score))


def _look(plan: CameraPlan, state: GateState, frame: ArrivedFrame, at_us: int) -> Observation:
    luma = frame.picture.luma()
    height_px, width_px = luma.shape
    return observe(plan.gate, state, luma, at_us, plan.masks.raster(gate_shape(width_px, height_px)))
