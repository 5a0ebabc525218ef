"""From packets to frames.

A gearbox sees every packet of one connection in order, and gives back the frames that it decoded
from it or from packets that it kept.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ommatid_edge.picture import ArrivedFrame, SkippedPackets, UndecodedPacket
from ommatid_edge.video_picture import VideoPicture

_PRODUCER_REFERENCE_TIME = struct.Struct("<qi")

Decoded = ArrivedFrame | UndecodedPacket | SkippedPackets


class Gearbox(Protocol):
    """Decides what to decode. Every packet leads to exactly one frame, undecoded packet or count of skipped ones."""

    def frames(self, packet: "Packet[VideoStream]") -> Iterable[Decoded]:
        """What became final with this packet, oldest first; each is to be judged before the next one is taken."""
        ...

    def rest(self) -> Iterable[Decoded]:
        """What becomes of the packets that are still kept, now that the connection is over."""
        ...


@dataclass(frozen=True, slots=True)
class _Times:
    """Times of a packet, which travel through the decoder with it, also past reordered frames."""

    arrived_at_us: int
    rtcp_at_us: int | None


class FullDecode:
    """Decodes every packet.

    Args:
        stream: Video stream of an open connection.
        now_us: Wall clock, us UTC.
    """

    def __init__(self, stream: VideoStream, now_us: Callable[[], int]) -> None:
        decoder = stream.codec_context
        decoder.thread_type = "SLICE"
        decoder.thread_count = 1
        decoder.copy_opaque = True
        self._reformatter = VideoReformatter()
        self._now_us = now_us

    def frames(self, packet: "Packet[VideoStream]") -> Sequence[Decoded]:
        """Frames of this packet; an ``UndecodedPacket`` when the decoder refuses it."""
        times = _Times(self._now_us(), rtcp_time_us(packet))
        packet.opaque = times
        try:
            decoded = packet.decode()
        except av.error.FFmpegError:
            return (UndecodedPacket(times.arrived_at_us),)
        return tuple(self._arrived(decoded, times))

    def rest(self) -> Sequence[Decoded]:
        """Nothing: no packet is kept."""
        return ()

    def _arrived(self, decoded: Sequence[VideoFrame], latest: _Times) -> Iterator[ArrivedFrame]:
        for frame in decoded:
            times = frame.opaque if isinstance(frame.opaque, _Times) else latest
            picture = VideoPicture(frame, self._reformatter)
            yield ArrivedFrame(times.arrived_at_us, times.rtcp_at_us, frame.is_corrupt, picture)


def rtcp_time_us(packet: "Packet[VideoStream]") -> int | None:
    """Capture time by the camera's sender reports, us UTC; None before the first report.

    FFmpeg attaches it as producer reference time: int64 microseconds since the epoch, int32 flags.
    """
    if not packet.has_sidedata("prft"):
        return None
    microseconds, _ = _PRODUCER_REFERENCE_TIME.unpack_from(bytes(packet.get_sidedata("prft")))
    return microseconds
