"""RTCP: sender reports, which tell a client the wall-clock time of an RTP timestamp, and BYE (RFC 3550, section 6)."""

import struct

_NTP_EPOCH_OFFSET_S = 2_208_988_800
_VERSION_2 = 0x80
_SENDER_REPORT = 200
_RECEIVER_REPORT = 201
_SOURCE_DESCRIPTION = 202
_GOODBYE = 203
_CNAME = 1


def ntp_timestamp(epoch_us: int) -> int:
    """Unix time in microseconds as a 64-bit NTP timestamp (seconds since 1900 in 32.32 fixed point, wrapping)."""
    seconds, microseconds = divmod(epoch_us, 1_000_000)
    fraction = (microseconds << 32) // 1_000_000
    return ((seconds + _NTP_EPOCH_OFFSET_S) & 0xFFFFFFFF) << 32 | fraction


def sender_report(*, ssrc: int, epoch_us: int, rtp_timestamp: int, packets: int, payload_bytes: int) -> bytes:
    """Build a compound packet of a sender report and the source description that must follow it.

    Args:
        ssrc: Synchronisation source of the stream.
        epoch_us: Wall-clock time at `rtp_timestamp`, microseconds since the Unix epoch.
        rtp_timestamp: RTP timestamp that belongs to `epoch_us`; taken modulo 2^32.
        packets: RTP packets sent so far.
        payload_bytes: RTP payload sent so far.
    """
    report = struct.pack(
        ">BBHIQIII",
        _VERSION_2,
        _SENDER_REPORT,
        6,
        ssrc,
        ntp_timestamp(epoch_us),
        rtp_timestamp & 0xFFFFFFFF,
        packets & 0xFFFFFFFF,
        payload_bytes & 0xFFFFFFFF,
    )
    return report + _source_description(ssrc)


def goodbye(ssrc: int) -> bytes:
    """Build a compound packet that says BYE, behind the empty report and the description that must come first."""
    empty_report = struct.pack(">BBHI", _VERSION_2, _RECEIVER_REPORT, 1, ssrc)
    return empty_report + _source_description(ssrc) + struct.pack(">BBHI", _VERSION_2 | 1, _GOODBYE, 1, ssrc)


def _source_description(ssrc: int) -> bytes:
    name = f"camera-{ssrc:08x}".encode()
    items = bytes((_CNAME, len(name))) + name
    chunk = struct.pack(">I", ssrc) + items
    # The item list ends with a zero byte and is filled up to a multiple of four.
    chunk += bytes(4 - len(chunk) % 4)
    return struct.pack(">BBH", _VERSION_2 | 1, _SOURCE_DESCRIPTION, len(chunk) // 4) + chunk


def interleaved(channel: int, packet: bytes) -> bytes:
    """Frame a packet for an RTSP connection (RFC 2326, section 10.12)."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet
