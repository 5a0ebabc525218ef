"""What a probe records of one stream, before anything is concluded from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PacketFact:
    """One packet, which holds one frame.

    Attributes:
        arrived_s: Arrival, seconds since any fixed moment.
        media_s: Presentation time by the stream's own clock, seconds; None where it has none.
        size_bytes: Size.
        key: Whether it can be decoded by itself.
        clock_offset_s: Camera's clock minus arrival by its sender reports, seconds; None before the first one.
    """

    arrived_s: float
    media_s: float | None
    size_bytes: int
    key: bool
    clock_offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """What the session description and the decoder say.

    Attributes:
        codec: Name as FFmpeg has it, such as ``h264``.
        profile: Profile, such as ``High``; empty when unknown.
        width_px: Width, pixels.
        height_px: Height, pixels.
        fps: Frames per second as announced; None when unknown.
        audio: Codecs of the audio tracks that come beside the video; None when that could not be found out.
    """

    codec: str
    profile: str
    width_px: int
    height_px: int
    fps: float | None
    audio: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """CPU time of the reading thread, one core.

    Attributes:
        watched_s: Time for which the stream was read, seconds.
        demux_s: CPU time of reading it, seconds.
        key_frames: Key frames decoded by themselves.
        key_frames_s: CPU time of that, seconds.
        frames: Frames decoded in a row.
        frames_s: CPU time of that, seconds.
        undecodable: Packets of those that the decoder refused.
        corrupt: Frames of those in which it concealed lost data.
    """

    watched_s: float
    demux_s: float
    key_frames: int
    key_frames_s: float
    frames: int
    frames_s: float
    undecodable: int = 0
    corrupt: int = 0
