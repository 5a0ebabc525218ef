"""From packets to frames.

A gearbox sees every packet of one connection in order, and gives back the frames that it decoded
from it or from packets that it kept.
"""

import struct
from collections.abc import Iterable
from typing import Protocol

from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_edge.picture import ArrivedFrame, SkippedPackets, UndecodedPacket

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


def rtcp_time_us(packet: "Packet[VideoStream]") -> int | None:
    """Capture time by the camera's sender reports, us UTC; None before the first report.

    FFmpeg attaches it as producer reference time: int64 microseconds since the epoch, int32 flags.
    """
    if not packet.has_sidedata("prft"):
        return None
    microseconds, _ = _PRODUCER_REFERENCE_TIME.unpack_from(bytes(packet.get_sidedata("prft")))
    return microseconds
