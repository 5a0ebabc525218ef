"""NAL units as RTP payloads, which H.264 (RFC 6184) and H.265 (RFC 7798) do alike but for the form of their headers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NalFormat:
    """What tells the two apart.

    Attributes:
        type_of: `nal_unit_type` of a NAL unit.
        delimiter: Type of access unit delimiters.
        fragment_header: What stands for a NAL unit's header in each of its fragments; of the same length.
    """

    type_of: Callable[[bytes], int]
    delimiter: int
    fragment_header: Callable[[bytes], bytes]


def nal_payloads(form: NalFormat, nal_units: Iterable[bytes], max_payload_bytes: int) -> Iterator[bytes]:
    """Turn NAL units into RTP payloads: single NAL unit packets, or fragments of larger ones.

    Access unit delimiters are left out: the marker bit already ends an access unit.
    """
    for nal_unit in nal_units:
        if form.type_of(nal_unit) == form.delimiter:
            continue
        if len(nal_unit) <= max_payload_bytes:
            yield nal_unit
        else:
            yield from _fragments(form, nal_unit, max_payload_bytes)


def _fragments(form: NalFormat, nal_unit: bytes, max_payload_bytes: int) -> Iterator[bytes]:
    header = form.fragment_header(nal_unit)
    chunk_bytes = max_payload_bytes - len(header) - 1
    for begin in range(len(header), len(nal_unit), chunk_bytes):
        start_bit = 0x80 if begin == len(header) else 0
        end_bit = 0x40 if begin + chunk_bytes >= len(nal_unit) else 0
        fragment_type = start_bit | end_bit | form.type_of(nal_unit)
        yield header + bytes((fragment_type,)) + nal_unit[begin : begin + chunk_bytes]
