"""How far apart the key frames of a stream are, as its packets show; pure."""

from dataclasses import dataclass, replace

_REMEMBERED = 3
"""Distances that are remembered: cameras that stretch them in quiet scenes return to short ones only in part."""


_LONGEST_FRAME_US = 200_000


@dataclass(frozen=True, slots=True)
class KeyFrames:
    """What is known of a stream's key frames.

    Attributes:
        count: Key frames so far.
        arrived_at_us: Arrival of the latest one, or of the stream's first packet before there was one, us UTC.
        media_at_us: Its time on the stream's own clock, microseconds; None where it has none.
        distances_us: The latest distances, oldest first, microseconds.
    """

    count: int = 0
    arrived_at_us: int = 0
    media_at_us: int | None = None
    distances_us: tuple[int, ...] = ()

    @property
    def distance_us(self) -> int | None:
        """The longest of the latest distances, microseconds; None before the second key frame."""
        return max(self.distances_us, default=None)

    def since_us(self, arrived_at_us: int, media_at_us: int | None) -> int:
        """Time from the latest key frame to a packet, microseconds.

        It is measured on the stream's own clock, which neither jitters nor knows whether this
        machine is behind; by arrival only where timestamps are missing or went back.

        Args:
            arrived_at_us: The packet's arrival, us UTC.
            media_at_us: Its time on the stream's clock, microseconds; None without a timestamp.
        """
        if media_at_us is not None and self.media_at_us is not None and media_at_us >= self.media_at_us:
            return media_at_us - self.media_at_us
        return max(0, arrived_at_us - self.arrived_at_us)


def first_packet(arrived_at_us: int, media_at_us: int | None) -> KeyFrames:
    """Begin to wait for a key frame; arguments as of ``since_us``."""
    return KeyFrames(0, arrived_at_us, media_at_us)


def anchored(known: KeyFrames, arrived_at_us: int, media_at_us: int) -> KeyFrames:
    """Give the latest key frame a time on the stream's clock when the packet after it is the first to have one.

    FFmpeg leaves the first packet of a connection without a timestamp. Arguments as of ``since_us``.
    """
    apart_us = min(max(0, arrived_at_us - known.arrived_at_us), _LONGEST_FRAME_US)
    return replace(known, media_at_us=media_at_us - apart_us)


def key_frame(known: KeyFrames, arrived_at_us: int, media_at_us: int | None) -> KeyFrames:
    """Take note of a key frame; arguments as of ``since_us``."""
    distances_us = known.distances_us
    if known.count:
        distances_us = (*distances_us, known.since_us(arrived_at_us, media_at_us))[-_REMEMBERED:]
    return KeyFrames(known.count + 1, arrived_at_us, media_at_us, distances_us)
