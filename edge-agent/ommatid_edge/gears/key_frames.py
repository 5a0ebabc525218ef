"""How far apart the key frames of a stream are, as its packets show; pure."""

from dataclasses import dataclass, replace

_REMEMBERED = 3
"""Distances that are remembered: cameras that stretch them in quiet scenes return to short ones only in part."""


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """What is known of a stream's groups of pictures.

    Attributes:
        waiting_since_us: Arrival of the latest key frame, or of the first packet before there was one, us UTC.
        arrived_at_us: Arrival of the latest key frame, us UTC; None before the first.
        media_at_us: Its time on the stream's own clock, microseconds; None where it has none.
        distances_us: The latest distances, oldest first, microseconds.
        group_bytes: Size of the packets since the latest key frame, with it.
        last_group_bytes: Size of the last complete group.
    """

    waiting_since_us: int | None = None
    arrived_at_us: int | None = None
    media_at_us: int | None = None
    distances_us: tuple[int, ...] = ()
    group_bytes: int = 0
    last_group_bytes: int = 0

    @property
    def distance_us(self) -> int | None:
        """The longest of the latest distances, microseconds; None before the second key frame."""
        return max(self.distances_us, default=None)


def key_frame(known: KeyFrames, arrived_at_us: int, media_at_us: int | None, size_bytes: int) -> KeyFrames:
    """Take note of a key frame.

    The distance is measured on the stream's own clock, which does not jitter; by arrival only
    where timestamps are missing or went back.

    Args:
        known: What was known before.
        arrived_at_us: Arrival, us UTC.
        media_at_us: Time on the stream's clock, microseconds; None without a timestamp.
        size_bytes: Size of its packet.
    """
    distances_us = known.distances_us
    if known.arrived_at_us is not None:
        distance_us = _distance_us(known, known.arrived_at_us, arrived_at_us, media_at_us)
        distances_us = (*distances_us, distance_us)[-_REMEMBERED:]
    return KeyFrames(arrived_at_us, arrived_at_us, media_at_us, distances_us, size_bytes, known.group_bytes)


def other_frame(known: KeyFrames, arrived_at_us: int, size_bytes: int) -> KeyFrames:
    """Take note of a packet that is no key frame; arguments as of ``key_frame``."""
    if known.waiting_since_us is None:
        known = replace(known, waiting_since_us=arrived_at_us)
    return replace(known, group_bytes=known.group_bytes + size_bytes)


def _distance_us(known: KeyFrames, since_us: int, arrived_at_us: int, media_at_us: int | None) -> int:
    if media_at_us is not None and known.media_at_us is not None and media_at_us > known.media_at_us:
        return media_at_us - known.media_at_us
    return max(0, arrived_at_us - since_us)
