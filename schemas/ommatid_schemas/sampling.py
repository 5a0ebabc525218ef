"""The three layers of sampling, as one pure policy on which edge and cloud agree.

The edge applies it to spare the network; the detect job applies it again, to what was published,
as the authority. Because each layer is a generic cell rate algorithm (ITU-T I.371, virtual
scheduling) over capture times, and the choice of shadow frames is a hash of the frame id, the
second application admits everything that an honest first one chose.

All times are microseconds of event time (capture time), never of the local clock.
"""

import struct
from dataclasses import dataclass, replace
from hashlib import blake2b

from ommatid_schemas.events import Reason

TRIGGERS_DISORDER_US = 60_000_000
"""Triggers of one camera come in order, but for those that a restarted job writes once more: from one checkpoint on."""


@dataclass(frozen=True, slots=True)
class SamplingPolicy:
    """Numbers of one camera group.

    Attributes:
        baseline_interval_us: One frame at least this often, whatever happens.
        motion_interval_us: Mean distance of frames while the scene changes.
        event_window_us: How long a trigger keeps the event layer open.
        event_interval_us: Mean distance of frames while the event layer is open; 0 takes every frame.
        event_min_score: Score from which a detection opens the event layer.
        shadow_share: Share of the remaining frames that bypass the gate, 0..1.
    """

    baseline_interval_us: int
    motion_interval_us: int
    event_window_us: int
    event_interval_us: int
    event_min_score: float
    shadow_share: float


@dataclass(frozen=True, slots=True)
class SamplingState:
    """When each layer of one camera is due next."""

    event_until_us: int = 0
    next_baseline_us: int = 0
    next_motion_us: int = 0
    next_scene_us: int = 0
    next_event_us: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a frame before it is chosen."""

    captured_at_us: int
    moving: bool
    scene_changed: bool
    shadow_draw: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The next state, and why the frame was chosen; ``reason`` is None when it was not."""

    state: SamplingState
    reason: Reason | None


def shadow_draw(frame_id: str) -> float:
    """A number in [0, 1), uniform over frame ids, that anyone can recompute."""
    return int.from_bytes(blake2b(frame_id.encode(), digest_size=8).digest(), "big") / 2**64


def claimed_candidate(captured_at_us: int, claimed: Reason, frame_id: str) -> Candidate:
    """Candidate for a frame that somebody else chose for the reason ``claimed``."""
    return Candidate(
        captured_at_us=captured_at_us,
        moving=claimed in (Reason.MOTION, Reason.EVENT),
        scene_changed=claimed is Reason.SCENE_CHANGE,
        shadow_draw=shadow_draw(frame_id),
    )


def later_end_us(open_until_us: int, until_us: int) -> int:
    """End of the event layer once a trigger asks for ``until_us``, microseconds of event time.

    A trigger never shortens what is open. But one that ends much earlier says that the camera's clock was ahead when
    the other came: that one would keep the layer closed until its time has come.

    Args:
        open_until_us: End that earlier triggers asked for; 0 without one.
        until_us: End that this one asks for.
    """
    was_ahead = open_until_us - until_us > TRIGGERS_DISORDER_US
    return until_us if was_ahead else max(open_until_us, until_us)


def open_event_layer(state: SamplingState, until_us: int) -> SamplingState:
    """Keep the event layer open as a trigger asks; see :func:`later_end_us`. 0 is no trigger."""
    return replace(state, event_until_us=later_end_us(state.event_until_us, until_us)) if until_us else state


def choose(policy: SamplingPolicy, state: SamplingState, frame: Candidate) -> Choice:
    """Decide whether a frame is worth looking at, and advance the layers.

    The most valuable layer that is due gives the reason. A chosen frame also postpones every
    slower layer: a camera in the event layer needs no baseline frame beside it. Shadow frames
    postpone nothing, so that they stay an unbiased sample.
    """
    at_us = frame.captured_at_us
    if _event_layer_open(policy, state, at_us) and _due(at_us, state.next_event_us, policy.event_interval_us):
        return Choice(_after_event(policy, state, at_us), Reason.EVENT)
    if frame.scene_changed and _due(at_us, state.next_scene_us, policy.motion_interval_us):
        next_scene_us = _advance(at_us, state.next_scene_us, policy.motion_interval_us)
        after = replace(state, next_scene_us=next_scene_us, next_baseline_us=at_us + policy.baseline_interval_us)
        return Choice(after, Reason.SCENE_CHANGE)
    if frame.moving and _due(at_us, state.next_motion_us, policy.motion_interval_us):
        next_motion_us = _advance(at_us, state.next_motion_us, policy.motion_interval_us)
        after = replace(state, next_motion_us=next_motion_us, next_baseline_us=at_us + policy.baseline_interval_us)
        return Choice(after, Reason.MOTION)
    if _due(at_us, state.next_baseline_us, policy.baseline_interval_us, tolerance_us=0):
        return Choice(replace(state, next_baseline_us=at_us + policy.baseline_interval_us), Reason.BASELINE)
    if frame.shadow_draw < policy.shadow_share:
        return Choice(state, Reason.SHADOW)
    return Choice(state, None)


def _after_event(policy: SamplingPolicy, state: SamplingState, at_us: int) -> SamplingState:
    return replace(
        state,
        next_event_us=_advance(at_us, state.next_event_us, policy.event_interval_us),
        # Whole: with the tolerance of half an interval taken off, both layers would take turns and add up.
        next_motion_us=max(state.next_motion_us, at_us + policy.motion_interval_us * 3 // 2),
        next_baseline_us=at_us + policy.baseline_interval_us,
    )


def _event_layer_open(policy: SamplingPolicy, state: SamplingState, at_us: int) -> bool:
    """Whether a trigger covers this time; one from before a clock went back does not count."""
    return 0 < state.event_until_us - at_us <= 2 * policy.event_window_us


def _due(at_us: int, next_us: int, interval_us: int, tolerance_us: int | None = None) -> bool:
    """Conforming cell, by default with half an interval of tolerance, so that frame periods do not lower the mean rate.

    A due time further away than the layer ever sets it means that the camera's clock went back.
    """
    early_us = next_us - at_us
    tolerance_us = interval_us // 2 if tolerance_us is None else tolerance_us
    return early_us <= tolerance_us or early_us > 2 * interval_us


def _advance(at_us: int, next_us: int, interval_us: int) -> int:
    clock_went_back = next_us - at_us > 2 * interval_us
    return (at_us if clock_went_back else max(at_us, next_us)) + interval_us


_STATE_V1 = struct.Struct("<B5q")


def pack_state(state: SamplingState) -> bytes:
    """Versioned bytes of a state (version 1)."""
    return _STATE_V1.pack(
        1,
        state.event_until_us,
        state.next_baseline_us,
        state.next_motion_us,
        state.next_scene_us,
        state.next_event_us,
    )


def unpack_state(packed: bytes) -> SamplingState:
    """State of versioned bytes.

    Raises:
        ValueError: The bytes are of a version that this code does not know.
    """
    if len(packed) != _STATE_V1.size or packed[0] != 1:
        raise ValueError(f"sampling state: expected version 1 ({_STATE_V1.size} bytes), found {packed[:1]!r}")
    _, *times = _STATE_V1.unpack(packed)
    return SamplingState(*times)
