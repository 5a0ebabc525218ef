"""The sampling authority: what reaches the model, whoever published it.

A frame passes three questions, in this order, and the first "no" names the reason of the drop:

1. duplicate: was this frame of this camera judged before? Identity is the capture time.
2. over_rate: does a layer of the group's policy want it? (:func:`ommatid_schemas.sampling.choose`)
3. stale: has it waited, since it was published, longer than a frame chosen for that reason may? If the job itself was
   down meanwhile, that is an excuse for all but the least valuable frames (:mod:`ommatid_jobs.operators.catching_up`).

Staleness is asked last, because it depends on the layer, and a stale frame leaves the layers as they
were: the next frame takes its place instead of waiting for the next interval. Every frame is either
admitted or dropped for one reason, so in = admitted + dropped. ``now`` is an argument, so the same
arguments give the same answers.

Two further questions are asked of an admitted frame, about what it shares with others: the model's time
(:mod:`ommatid_jobs.operators.fair_share`) and its group's budget (:mod:`ommatid_jobs.operators.budgeted_admission`).

A replayed frame is asked none of them (:func:`on_replay`): an operator sent it back after it had
failed, and it is admitted once for each replay.
"""

import struct
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_schemas import sampling
from ommatid_schemas.events import FrameEvent, Reason, Trigger
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy, SamplingState

REMEMBERED_FRAMES = 256
"""Frames whose repeats are recognised, per camera: 17 s at 15 frames/s, 2 KiB of state.

What repeats is the unacknowledged tail of an agent's spool after a crash. A repeat from further
back is judged by rate, and the alert job drops it as not newer than the last frame.
"""

REMEMBERED_REPLAYS = 32
"""Replays that are recognised when they come again, per camera: a command that was cut off and is repeated."""

_PATIENCE = {
    Reason.SHADOW: 0.5,
    Reason.BASELINE: 0.5,
    Reason.MOTION: 1.0,
    Reason.SCENE_CHANGE: 1.0,
    Reason.EVENT: 2.0,
}
"""How long a frame may queue, as a share of the time in which its priority promises an alert.

The least valuable frames go first, while those that follow can still be in time. Frames of an open
event outlive the promise: a late alert of something that is happening is worth more than none.
"""

_NOT_CAUGHT_UP_WITH = frozenset({Reason.SHADOW, Reason.BASELINE})
"""What is shed for its age even after downtime: the next frame says as much, and live frames wait meanwhile."""


class DropReason(StrEnum):
    """Why a frame does not reach the model; also the metric label ``reason``."""

    DUPLICATE = "duplicate"
    OVER_RATE = "over_rate"
    STALE = "stale"
    OVER_SHARE = "over_share"
    OVER_BUDGET = "over_budget"


@dataclass(frozen=True, slots=True)
class Admitted:
    """The frame goes to the model, for ``reason`` (the sampler's, not the publisher's)."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Dropped:
    """The frame ends here."""

    reason: DropReason


Verdict = Admitted | Dropped


@dataclass(frozen=True, slots=True)
class SamplerState:
    """What the sampler knows of one camera.

    Attributes:
        layers: When each layer of sampling is due.
        seen_us: Capture times of the frames judged last, oldest judgement first, at most
            ``REMEMBERED_FRAMES``. Bounded by number, not by time, so a clock that goes back does no harm.
        replays: Marks of the replays admitted last, oldest first, at most ``REMEMBERED_REPLAYS``.
    """

    layers: SamplingState = field(default_factory=SamplingState)
    seen_us: tuple[int, ...] = ()
    replays: tuple[int, ...] = ()


def on_frame(
    state: SamplerState,
    frame: FrameEvent,
    policy: SamplingPolicy,
    priority: Priority,
    now_us: int,
    *,
    excused: bool = False,
) -> tuple[SamplerState, Verdict]:
    """Judge one frame of the camera that ``state`` belongs to.

    Args:
        state: State of the frame's camera.
        frame: The frame; its claimed reason is evidence of motion or scene change, no more.
        policy: Numbers of the camera's group.
        priority: Priority of the deployment; decides how long a frame may have waited.
        now_us: Current time, microseconds since the epoch, on the clock that ``published_at_us``
            follows (agents and workers keep theirs by NTP).
        excused: Whether the frame waited because the job was down.
    """
    if frame.captured_at_us in state.seen_us:
        return state, Dropped(DropReason.DUPLICATE)
    candidate = sampling.claimed_candidate(frame.captured_at_us, frame.reason, frame.frame_id)
    choice = sampling.choose(policy, state.layers, candidate)
    if choice.reason is None:
        return _remember(state, frame), Dropped(DropReason.OVER_RATE)
    forgiven = excused and choice.reason not in _NOT_CAUGHT_UP_WITH
    if not forgiven and now_us - frame.published_at_us > stale_after_us(choice.reason, priority):
        return _remember(state, frame), Dropped(DropReason.STALE)
    return _remember(state, frame, choice.state), Admitted(choice.reason)


def on_replay(state: SamplerState, frame: FrameEvent, replay: str) -> tuple[SamplerState, Verdict]:
    """Admit a frame that an operator sent again, once for each replay, for the reason that its publisher gave.

    Neither its age nor its earlier admission counts against it, and it leaves the layers as they are: live frames
    keep their places. The operator's command bounds how many come.

    Args:
        state: State of the frame's camera.
        frame: The frame.
        replay: Id of the replay; the same id again is a duplicate.
    """
    mark = int.from_bytes(blake2b(replay.encode(), digest_size=8).digest(), "little", signed=True)
    if mark in state.replays:
        return state, Dropped(DropReason.DUPLICATE)
    replays = (*state.replays, mark)[-REMEMBERED_REPLAYS:]
    return replace(_remember(state, frame), replays=replays), Admitted(frame.reason)


def on_trigger(state: SamplerState, trigger: Trigger) -> SamplerState:
    """Open the event layer of the trigger's camera."""
    return replace(state, layers=sampling.open_event_layer(state.layers, trigger.until_us))


def _remember(state: SamplerState, frame: FrameEvent, layers: SamplingState | None = None) -> SamplerState:
    """The state once a frame was judged; ``layers`` are those after its admission, None where it was not admitted."""
    if frame.captured_at_us in state.seen_us:
        return state
    seen_us = (*state.seen_us, frame.captured_at_us)[-REMEMBERED_FRAMES:]
    return SamplerState(layers or state.layers, seen_us, state.replays)


def stale_after_us(reason: Reason, priority: Priority) -> int:
    """Longest time between publication and admission, in microseconds.

    Counted from publication, never from capture: a frame that an outage held back in the agent's
    spool is processed, however old it is. The job's own downtime is excused apart from this.
    """
    return round(_PATIENCE[reason] * priority.alert_within_s * 1_000_000)


_VERSION = 2
_VERSION_1 = 1
_HEAD = struct.Struct("<BH")  # length of the packed layers in bytes, number of remembered frames
_REPLAYS = struct.Struct("<B")  # number of remembered replays


def pack_state(state: SamplerState) -> bytes:
    """Versioned bytes of a state (version 2, little endian): what version 1 holds, then the replays."""
    layers = sampling.pack_state(state.layers)
    head = _HEAD.pack(len(layers), len(state.seen_us))
    replays = _REPLAYS.pack(len(state.replays)) + _pack_numbers(state.replays)
    return bytes([_VERSION]) + head + layers + _pack_numbers(state.seen_us) + replays


def unpack_state(packed: bytes) -> SamplerState:
    """State of versioned bytes; version 1 knew no replays.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    version = _VERSION_1 if packed[:1] == bytes([_VERSION_1]) else _VERSION
    body = body_of(packed, version, "sampler")
    try:
        layers_bytes, frames = _HEAD.unpack_from(body)
        layers_end = _HEAD.size + layers_bytes
        frames_end = layers_end + 8 * frames
        layers = sampling.unpack_state(body[_HEAD.size : layers_end])
        seen_us = _unpack_numbers(frames, body[layers_end:frames_end])
        return SamplerState(layers, seen_us, _unpack_replays(version, body[frames_end:]))
    except (struct.error, ValueError) as exc:
        raise malformed("sampler", exc) from exc


def _unpack_replays(version: int, rest: bytes) -> tuple[int, ...]:
    if version == _VERSION_1:
        return _unpack_numbers(0, rest)
    (replays,) = _REPLAYS.unpack_from(rest)
    return _unpack_numbers(replays, rest[_REPLAYS.size :])


def _pack_numbers(numbers: tuple[int, ...]) -> bytes:
    return struct.pack(f"<{len(numbers)}q", *numbers)


def _unpack_numbers(count: int, packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{count}q", packed)
