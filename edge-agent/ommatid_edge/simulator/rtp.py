"""RTP over an interleaved RTSP connection (RFC 3550, RFC 2326 section 10.12).

A clip is packetised once. Each frame becomes one `FrameTemplate`: all its packets, framed and in one piece, with
sequence number, timestamp and SSRC left zero. Sending a frame copies the template and patches twelve bytes per packet.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

RTP_CLOCK_HZ = 90_000
PAYLOAD_TYPE = 96
MAX_PAYLOAD_BYTES = 1_400

_VERSION_2 = 0x80
_MARKER = 0x80
_FRAME_HEADER = struct.Struct(">cBHBBHII")
_STAMP = struct.Struct(">HII")
_CHANNEL_OFFSET = 1
_STAMP_OFFSET = 6
_RTP_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class FrameTemplate:
    """One access unit, ready to be stamped and sent.

    Attributes:
        framed: All RTP packets of the access unit, each behind its interleaved header.
        packet_offsets: Where in `framed` each packet's `$` is.
        payload_bytes: RTP payload in all packets, as a sender report counts it.
        key_frame: Whether decoding can start here.
    """

    framed: bytes
    packet_offsets: tuple[int, ...]
    payload_bytes: int
    key_frame: bool


def frame_template(payloads: Sequence[bytes], *, key_frame: bool, payload_type: int = PAYLOAD_TYPE) -> FrameTemplate:
    """Frame the payloads of one access unit; the last packet carries the marker bit."""
    framed = bytearray()
    offsets: list[int] = []
    for index, payload in enumerate(payloads):
        offsets.append(len(framed))
        marker = _MARKER if index == len(payloads) - 1 else 0
        length = _RTP_HEADER_BYTES + len(payload)
        framed += _FRAME_HEADER.pack(b"$", 0, length, _VERSION_2, marker | payload_type, 0, 0, 0)
        framed += payload
    return FrameTemplate(bytes(framed), tuple(offsets), sum(map(len, payloads)), key_frame)


def stamped(template: FrameTemplate, *, channel: int, sequence: int, timestamp: int, ssrc: int) -> bytearray:
    """Copy a template and fill in what differs from send to send.

    Args:
        template: The packetised access unit; it is shared by all clients and not changed.
        channel: Interleaved channel for RTP that the client chose.
        sequence: Sequence number of the first packet; taken modulo 2^16, as are those of the following packets.
        timestamp: RTP timestamp in units of 1/90000 s; taken modulo 2^32.
        ssrc: Synchronisation source of the stream.
    """
    framed = bytearray(template.framed)
    timestamp &= 0xFFFFFFFF
    for index, offset in enumerate(template.packet_offsets):
        framed[offset + _CHANNEL_OFFSET] = channel
        _STAMP.pack_into(framed, offset + _STAMP_OFFSET, (sequence + index) & 0xFFFF, timestamp, ssrc)
    return framed
