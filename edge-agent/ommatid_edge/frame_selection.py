"""Which frames of one camera are worth publishing: clock, gate and sampling in a row."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.capture_clock import ClockState, Stamp, stamp
from ommatid_edge.motion_gate import GateState, Observation, gate_shape, observe
from ommatid_edge.picture import ArrivedFrame
from ommatid_edge.privacy_mask import PrivacyMasks
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
    gate: GateState = field(default_factory=GateState, repr=False)
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


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame shows, before anything is decided.

    Attributes:
        stamp: Its capture time, and the next state of the clock.
        seen: What the gate makes of it, and the gate's next state; None for a corrupt frame.
    """

    stamp: Stamp
    seen: Observation | None = field(repr=False)

    @property
    def alive(self) -> bool:
        """Whether it moves, or shows another scene."""
        return self.seen is not None and (self.seen.moving or self.seen.scene_changed)

    @property
    def worth_following(self) -> bool:
        """Whether the frames around it should be seen too: it is alive, or that cannot be told from one frame."""
        return self.alive or (self.seen is not None and self.seen.unsure)


def look(plan: CameraPlan, state: SelectionState, frame: ArrivedFrame) -> Look:
    """What one frame shows beside what is remembered; a corrupt frame shows nothing.

    Args:
        plan: Camera and the numbers of its group.
        state: State after the last frame of this camera.
        frame: Decoded frame; only its luma is looked at.
    """
    stamped = stamp(state.clock, frame.arrived_at_us, frame.rtcp_at_us)
    if frame.corrupt:
        return Look(stamped, None)
    luma = frame.picture.luma()
    return Look(stamped, observe(plan.gate, state.gate, luma, stamped.captured_at_us, hidden_from(plan, luma)))


def decide(plan: CameraPlan, state: SelectionState, seen: Look, event_until_us: int) -> Selection:
    """Decide over a frame that was looked at.

    Args:
        plan: As of the look.
        state: As of the look.
        seen: What the look has shown.
        event_until_us: Latest end of the event layer that a trigger asked for; 0 without one.
    """
    captured_at_us = seen.stamp.captured_at_us
    if seen.seen is None:
        return Selection(replace(state, clock=seen.stamp.state), DropReason.CORRUPT_FRAME)
    candidate = Candidate(
        captured_at_us=captured_at_us,
        moving=seen.seen.moving,
        scene_changed=seen.seen.scene_changed,
        shadow_draw=shadow_draw(frame_id(plan.camera_id, captured_at_us)),
    )
    choice = choose(plan.policy, open_event_layer(state.sampling, event_until_us), candidate)
    after = SelectionState(seen.stamp.state, seen.seen.state, choice.state)
    if choice.reason is None:
        return Selection(after, DropReason.NOT_DUE)
    return Selection(after, Chosen(captured_at_us, seen.stamp.clock, choice.reason, seen.seen.motion_score))


def hidden_from(plan: CameraPlan, luma: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """Where the gate does not look in a picture: bool of its shape; None: it looks everywhere."""
    height_px, width_px = luma.shape
    return _hidden(plan.masks, plan.motion_masks, gate_shape(width_px, height_px))


@lru_cache(maxsize=256)
def _hidden(masks: PrivacyMasks, motion_masks: PrivacyMasks, shape: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Where the gate does not look, for privacy or because motion there does not count."""
    raster = PrivacyMasks(masks.polygons + motion_masks.polygons).raster(shape)
    if raster is not None:
        raster.flags.writeable = False
    return raster
