"""A detection asks the agents, and the sampler, to look at its camera more closely for a while."""

import struct
from dataclasses import dataclass

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_schemas.events import Box, FrameResult, Trigger
from ommatid_schemas.sampling import SamplingPolicy

MIN_DISTANCE_US = 5_000_000
"""Capture time between two triggers of one camera, microseconds."""


@dataclass(frozen=True, slots=True)
class TriggerState:
    """Capture time of the frame that caused a camera's last trigger, microseconds; 0 before the first."""

    last_us: int = 0


def on_result(
    state: TriggerState, result: FrameResult, policy: SamplingPolicy, labels: frozenset[str] | None = None
) -> tuple[TriggerState, Trigger | None]:
    """Decide whether a result opens the event layer of its camera.

    Distance is measured in capture time and in both directions: a repeated frame triggers nothing
    anew, and a camera clock that was set back triggers again at once.

    Args:
        state: State of the result's camera.
        result: What the model saw.
        policy: Numbers of the camera's group.
        labels: Labels that count as an event; None takes every label.
    """
    score = max((box.score for box in result.boxes if _counts(box, policy, labels)), default=None)
    if score is None or abs(result.captured_at_us - state.last_us) < MIN_DISTANCE_US:
        return state, None
    until_us = result.captured_at_us + policy.event_window_us
    return TriggerState(result.captured_at_us), Trigger(result.camera_id, until_us, result.frame_id, score)


def _counts(box: Box, policy: SamplingPolicy, labels: frozenset[str] | None) -> bool:
    return box.score >= policy.event_min_score and (labels is None or box.label in labels)


_VERSION = 1
_BODY = struct.Struct("<q")


def pack_state(state: TriggerState) -> bytes:
    """Versioned bytes of a state (version 1, little endian)."""
    return bytes([_VERSION]) + _BODY.pack(state.last_us)


def unpack_state(packed: bytes) -> TriggerState:
    """State of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    try:
        return TriggerState(*_BODY.unpack(body_of(packed, _VERSION, "trigger")))
    except struct.error as exc:
        raise malformed("trigger", exc) from exc
