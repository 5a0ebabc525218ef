"""RTP payloads of H.265 (RFC 7798)."""

from collections.abc import Iterable, Iterator

from ommatid_edge.simulator.fragmentation import NalFormat, nal_payloads
from ommatid_edge.simulator.nal import HevcNalType, hevc_nal_type
from ommatid_edge.simulator.rtp import MAX_PAYLOAD_BYTES

_FRAGMENTATION_UNIT = 49


def h265_payloads(nal_units: Iterable[bytes], max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """Turn NAL units into single NAL unit packets, or fragmentation units of larger ones (RFC 7798, 4.4.1, 4.4.3)."""
    return nal_payloads(_FORMAT, nal_units, max_payload_bytes)


def _fragment_header(nal_unit: bytes) -> bytes:
    return bytes((nal_unit[0] & 0x81 | _FRAGMENTATION_UNIT << 1, nal_unit[1]))


_FORMAT = NalFormat(hevc_nal_type, HevcNalType.ACCESS_UNIT_DELIMITER, _fragment_header)
