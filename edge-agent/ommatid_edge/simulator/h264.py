"""RTP payloads of H.264 (RFC 6184)."""

from collections.abc import Iterable, Iterator

from ommatid_edge.simulator.fragmentation import NalFormat, nal_payloads
from ommatid_edge.simulator.nal import NalType, nal_type
from ommatid_edge.simulator.rtp import MAX_PAYLOAD_BYTES

_FU_A = 28


def h264_payloads(nal_units: Iterable[bytes], max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """Turn NAL units into single NAL unit packets, or FU-A fragments of larger ones (RFC 6184, 5.6, 5.8)."""
    return nal_payloads(_FORMAT, nal_units, max_payload_bytes)


def _fragment_header(nal_unit: bytes) -> bytes:
    return bytes(((nal_unit[0] & 0xE0) | _FU_A,))


_FORMAT = NalFormat(nal_type, NalType.ACCESS_UNIT_DELIMITER, _fragment_header)
