"""RTP payloads of H.264 (RFC 6184)."""

from collections.abc import Iterable, Iterator

from ommatid_edge.simulator.nal import NalType, nal_type
from ommatid_edge.simulator.rtp import MAX_PAYLOAD_BYTES

_FU_A = 28


def h264_payloads(nal_units: Iterable[bytes], max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """Turn NAL units into RTP payloads: single NAL unit packets, or FU-A fragments of larger ones (RFC 6184, 5.6, 5.8).

    Access unit delimiters are left out: the marker bit already ends an access unit.
    """
    for nal_unit in nal_units:
        if nal_type(nal_unit) == NalType.ACCESS_UNIT_DELIMITER:
            continue
        if len(nal_unit) <= max_payload_bytes:
            yield nal_unit
        else:
            yield from _fragments(nal_unit, max_payload_bytes)


def _fragments(nal_unit: bytes, max_payload_bytes: int) -> Iterator[bytes]:
    indicator = (nal_unit[0] & 0xE0) | _FU_A
    chunk_bytes = max_payload_bytes - 2
    for begin in range(1, len(nal_unit), chunk_bytes):
        start_bit = 0x80 if begin == 1 else 0
        end_bit = 0x40 if begin + chunk_bytes >= len(nal_unit) else 0
        header = start_bit | end_bit | nal_type(nal_unit)
        yield bytes((indicator, header)) + nal_unit[begin : begin + chunk_bytes]
