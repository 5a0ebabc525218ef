"""When to decode what: the state machine behind two gears; pure.

Idle, only key frames are decoded and the packets after them are kept. On a cue everything that is
kept is decoded in order, so that the onset is not lost, and then every packet until it has been
quiet for a while. The machine says what is to be done; decoding and keeping is its caller's.

The caller reports each packet with ``on_packet``, and each look at a key frame that this asked for
with ``on_glance``.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from ommatid_edge.gears.key_frames import KeyFrames, anchored, first_packet, key_frame
from ommatid_edge.gears.packet_sizes import (
    SizeHistory,
    false_cue,
    interrupted,
    key_frame_passed,
    labelled,
    unlabelled,
    was_still,
)
from ommatid_edge.gears.settings import GearSettings

GLANCE_US = 750_000
"""Key frames that follow the last one that was looked at sooner than this are not decoded: once a second is enough."""

_DOUBT_US = 1_000_000
"""How long a rise of packet sizes is followed up until the gate has confirmed it."""

_RETRY_US = 60_000_000
"""How long a stream whose key frames cannot be decoded alone is decoded in full before that is tried again."""


class Gear(StrEnum):
    """How much is decoded; values are metric labels."""

    IDLE = "idle"
    FULL = "full"


class Cue(StrEnum):
    """Why everything is decoded."""

    ALWAYS = "always"
    MOTION = "motion"
    TRIGGER = "trigger"
    PACKET_SIZE = "packet_size"
    KEY_FRAMES_TOO_FAR_APART = "key_frames_too_far_apart"
    BUFFER_TOO_SMALL = "buffer_too_small"
    KEY_FRAME_UNREADABLE = "key_frame_unreadable"


class Action(StrEnum):
    """What to do with a packet, or after a glance."""

    KEEP = "keep"  # do not decode it yet
    GLANCE = "glance"  # decode this key frame alone, look at it, then ask on_glance
    SETTLE = "settle"  # what is kept will not be decoded any more; keep from this key frame on
    REPLAY = "replay"  # decode all that is kept, in order, then this packet
    DECODE = "decode"


class Glance(StrEnum):
    """What a key frame showed that was decoded alone."""

    STILL = "still"
    ALIVE = "alive"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PacketFacts:
    """What is known of a packet without decoding it.

    Attributes:
        key: Whether it is a key frame.
        size_bytes: Its size.
        arrived_at_us: Its arrival, us UTC.
        media_at_us: Its time on the stream's clock, microseconds; None without a timestamp.
        wanted: Whether a trigger asks for every frame now.
        alive: Whether the frame that was judged last moved.
    """

    key: bool
    size_bytes: int
    arrived_at_us: int
    media_at_us: int | None
    wanted: bool
    alive: bool

    @property
    def at_us(self) -> int:
        """Its time on the stream's clock, by arrival where there is none, microseconds: for distances in the stream."""
        return self.arrived_at_us if self.media_at_us is None else self.media_at_us


@dataclass(frozen=True, slots=True)
class ShiftState:
    """What is remembered of one connection.

    Attributes:
        gear: How much is decoded.
        cue: Why everything is decoded; None while idle.
        full_until_us: Until when everything is decoded at least, us UTC.
        glanced_at_us: Time in the stream of the last key frame that was looked at while idle; None before the first.
        kept_bytes: Size of the packets that are kept.
        group_bytes: Size of the packets since the latest key frame, with it.
        last_group_bytes: Size of the group of pictures before that.
        key_frames: How far key frames are apart; None before the first packet.
        sizes: Whether packet sizes tell motion.
    """

    gear: Gear = Gear.IDLE
    cue: Cue | None = None
    full_until_us: int = 0
    glanced_at_us: int | None = None
    kept_bytes: int = 0
    group_bytes: int = 0
    last_group_bytes: int = 0
    key_frames: KeyFrames | None = None
    sizes: SizeHistory = field(default_factory=SizeHistory)

    @property
    def key_frame_distance_us(self) -> int | None:
        """Time between two key frames as seen in the stream, microseconds; None before the second one."""
        return None if self.key_frames is None else self.key_frames.distance_us


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what to do."""

    state: ShiftState
    action: Action


def on_packet(settings: GearSettings, state: ShiftState, packet: PacketFacts) -> Step:
    """Decide over one packet.

    Args:
        settings: The group's limits.
        state: State after the last packet or glance.
        packet: The next packet of the stream.
    """
    known = state.key_frames or first_packet(packet.arrived_at_us, packet.media_at_us)
    overdue = 4 * known.since_us(packet.arrived_at_us, packet.media_at_us) > 5 * settings.max_blind_us
    if packet.key:
        known = key_frame(known, packet.arrived_at_us, packet.media_at_us)
        state = replace(state, group_bytes=0, last_group_bytes=state.group_bytes, key_frames=known)
    elif known.media_at_us is None and packet.media_at_us is not None:
        known = anchored(known, packet.arrived_at_us, packet.media_at_us)
        state = replace(state, key_frames=known)
    elif state.key_frames is None:
        state = replace(state, key_frames=known)
    if state.gear is Gear.FULL:
        return _in_full(settings, state, packet, known)
    too_far = overdue or not _close_enough(settings, known)
    return _in_idle(settings, state, packet, too_far=too_far)


def on_glance(settings: GearSettings, state: ShiftState, packet: PacketFacts, glance: Glance) -> Step:
    """Decide after a look at the key frame for which ``on_packet`` has just asked; arguments as there."""
    if glance is Glance.STILL:
        settled = replace(
            state,
            glanced_at_us=packet.at_us,
            kept_bytes=packet.size_bytes,
            sizes=was_still(state.sizes),
        )
        return Step(settled, Action.SETTLE)
    cue = Cue.MOTION if glance is Glance.ALIVE else Cue.KEY_FRAME_UNREADABLE
    return _shift_up(settings, state, cue, packet.arrived_at_us)


def _in_full(settings: GearSettings, state: ShiftState, packet: PacketFacts, known: KeyFrames) -> Step:
    at_us = packet.arrived_at_us
    busy = packet.wanted or packet.alive
    # Never further ahead than it is ever set: this machine's clock may have been set back.
    until_us = min(state.full_until_us, at_us + max(settings.quiet_us, _RETRY_US))
    if busy:
        until_us = max(until_us, at_us + settings.quiet_us)
    sizes = _labelled(state.sizes, packet)
    cue = _busy_cue(state.cue, packet)
    if packet.key and at_us >= until_us and _key_frames_suffice(settings, state, known):
        sizes = false_cue(sizes) if cue is Cue.PACKET_SIZE else sizes
        idle = replace(state, gear=Gear.IDLE, cue=None, group_bytes=packet.size_bytes, sizes=interrupted(sizes))
        return Step(idle, Action.GLANCE)
    group_bytes = state.group_bytes + packet.size_bytes
    after = replace(state, cue=cue, full_until_us=until_us, group_bytes=group_bytes, sizes=sizes)
    return Step(after, Action.DECODE)


def _labelled(sizes: SizeHistory, packet: PacketFacts) -> SizeHistory:
    return key_frame_passed(sizes) if packet.key else labelled(sizes, packet.size_bytes, moving=packet.alive)


def _busy_cue(cue: Cue | None, packet: PacketFacts) -> Cue | None:
    """A rise of packet sizes is confirmed by motion."""
    return Cue.MOTION if cue is Cue.PACKET_SIZE and packet.alive else cue


def _in_idle(settings: GearSettings, state: ShiftState, packet: PacketFacts, *, too_far: bool) -> Step:
    kept_bytes = state.kept_bytes + packet.size_bytes
    fits = kept_bytes <= settings.buffer_bytes
    # Built in one go: this runs for every packet of every camera.
    after = ShiftState(
        Gear.IDLE,
        None,
        0,
        state.glanced_at_us,
        kept_bytes,
        state.group_bytes + packet.size_bytes,
        state.last_group_bytes,
        state.key_frames,
        key_frame_passed(state.sizes) if packet.key else unlabelled(state.sizes, packet.size_bytes),
    )
    cue = _pressing_cue(settings, packet, too_far=too_far)
    if cue is None and packet.key and (_due(state.glanced_at_us, packet.at_us) or not fits):
        return Step(after, Action.GLANCE)
    cue = cue or _other_cue(after.sizes, fits=fits)
    return Step(after, Action.KEEP) if cue is None else _shift_up(settings, after, cue, packet.arrived_at_us)


def _pressing_cue(settings: GearSettings, packet: PacketFacts, *, too_far: bool) -> Cue | None:
    """What asks for every frame, however still the next key frame may be."""
    if settings.always_full:
        return Cue.ALWAYS
    if packet.wanted:
        return Cue.TRIGGER
    return Cue.KEY_FRAMES_TOO_FAR_APART if too_far else None


def _other_cue(sizes: SizeHistory, *, fits: bool) -> Cue | None:
    if not fits:
        return Cue.BUFFER_TOO_SMALL
    return Cue.PACKET_SIZE if sizes.risen and sizes.tells else None


def _shift_up(settings: GearSettings, state: ShiftState, cue: Cue, at_us: int) -> Step:
    full = replace(
        state,
        gear=Gear.FULL,
        cue=cue,
        full_until_us=at_us + _followed_us(settings, cue),
        glanced_at_us=None,
        kept_bytes=0,
        sizes=interrupted(state.sizes),
    )
    return Step(full, Action.REPLAY)


def _followed_us(settings: GearSettings, cue: Cue) -> int:
    """How long every frame is decoded after a cue, if nothing moves."""
    if cue in (Cue.MOTION, Cue.TRIGGER):
        return settings.quiet_us
    if cue is Cue.PACKET_SIZE:
        return _DOUBT_US
    return _RETRY_US if cue is Cue.KEY_FRAME_UNREADABLE else 0


def _due(glanced_at_us: int | None, at_us: int) -> bool:
    """Whether another look is due; a clock that went back does not put it off."""
    return glanced_at_us is None or not 0 <= at_us - glanced_at_us < GLANCE_US


def _close_enough(settings: GearSettings, known: KeyFrames) -> bool:
    return known.distance_us is None or settings.tolerates(known.distance_us)


def _key_frames_suffice(settings: GearSettings, state: ShiftState, known: KeyFrames) -> bool:
    fits = state.last_group_bytes <= settings.buffer_bytes
    return fits and not settings.always_full and _close_enough(settings, known)
