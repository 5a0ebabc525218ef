"""RTP payloads of H.265 (RFC 7798)."""

from collections.abc import Iterable, Iterator

from ommatid_edge.simulator.nal import HevcNalType, hevc_nal_type
from ommatid_edge.simulator.rtp import MAX_PAYLOAD_BYTES

_FRAGMENTATION_UNIT = 49
_NAL_HEADER_BYTES = 2


def h265_payloads(nal_units: Iterable[bytes], max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """Turn NAL units into RTP payloads: single NAL unit packets, or fragmentation units (RFC 7798, 4.4.1, 4.4.3).

    Access unit delimiters are left out: the marker bit already ends an access unit.
    """
    for nal_unit in nal_units:
        if hevc_nal_type(nal_unit) == HevcNalType.ACCESS_UNIT_DELIMITER:
            continue
        if len(nal_unit) <= max_payload_bytes:
            yield nal_unit
        else:
            yield from _fragments(nal_unit, max_payload_bytes)


def _fragments(nal_unit: bytes, max_payload_bytes: int) -> Iterator[bytes]:
    payload_header = bytes((nal_unit[0] & 0x81 | _FRAGMENTATION_UNIT << 1, nal_unit[1]))
    chunk_bytes = max_payload_bytes - _NAL_HEADER_BYTES - 1
    for begin in range(_NAL_HEADER_BYTES, len(nal_unit), chunk_bytes):
        start_bit = 0x80 if begin == _NAL_HEADER_BYTES else 0
        end_bit = 0x40 if begin + chunk_bytes >= len(nal_unit) else 0
        header = start_bit | end_bit | hevc_nal_type(nal_unit)
        yield payload_header + bytes((header,)) + nal_unit[begin : begin + chunk_bytes]
