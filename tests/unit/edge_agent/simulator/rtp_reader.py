"""A receiver for tests, written from RFC 2326 (10.12), RFC 3550 (5.1) and RFC 6184 (5.6, 5.8), not from the sender."""

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RtpPacket:
    channel: int
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def interleaved_frames(data: bytes) -> list[tuple[int, bytes]]:
    """Cut `$`-framed data into (channel, packet)."""
    frames: list[tuple[int, bytes]] = []
    while data:
        assert data[:1] == b"$"
        channel, length = struct.unpack(">BH", data[1:4])
        frames.append((channel, data[4 : 4 + length]))
        assert len(frames[-1][1]) == length
        data = data[4 + length :]
    return frames


def read_rtp(data: bytes) -> list[RtpPacket]:
    """Parse interleaved RTP packets without extensions."""
    packets: list[RtpPacket] = []
    for channel, packet in interleaved_frames(data):
        first, second, sequence, timestamp, ssrc = struct.unpack(">BBHII", packet[:12])
        assert first == 0x80
        packets.append(RtpPacket(channel, second >= 0x80, second & 0x7F, sequence, timestamp, ssrc, packet[12:]))
    return packets


def depacketised(packets: list[RtpPacket]) -> list[bytes]:
    """Put the NAL units of single NAL unit packets and FU-A fragments together."""
    nal_units: list[bytes] = []
    for payload in (packet.payload for packet in packets):
        if payload[0] & 0x1F != 28:
            nal_units.append(payload)
        elif payload[1] & 0x80:
            nal_units.append(bytes(((payload[0] & 0xE0) | (payload[1] & 0x1F),)) + payload[2:])
        else:
            nal_units[-1] += payload[2:]
    return nal_units
