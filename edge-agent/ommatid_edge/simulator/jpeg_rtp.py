"""RTP payloads of JPEG (RFC 2435): tables and size go into payload headers, the scan is cut into fragments."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.rtp import MAX_PAYLOAD_BYTES

JPEG_PAYLOAD_TYPE = 26

_SOF0, _DQT, _SOS = 0xC0, 0xDB, 0xDA
_TABLES_IN_BAND = 255
_TABLE_BYTES = 64
_TYPES = {0x21: 0, 0x22: 1}
"""RTP/JPEG type by the sampling factors of luma: 4:2:2 and 4:2:0 (RFC 2435, 4.1)."""


@dataclass(frozen=True, slots=True)
class JpegPicture:
    """What a receiver needs of a baseline JPEG with the standard Huffman tables.

    Attributes:
        type_: RTP/JPEG type: 0 for 4:2:2, 1 for 4:2:0.
        width_px: Width, a multiple of 8.
        height_px: Height, a multiple of 8.
        tables: Quantisation tables of luma and chroma, 64 bytes each in zigzag order.
        scan: Entropy-coded data.
    """

    type_: int
    width_px: int
    height_px: int
    tables: bytes
    scan: bytes


def parse_jpeg(data: bytes) -> JpegPicture:
    """Take a JPEG file apart.

    Raises:
        UnusableClipError: It is cut off, not baseline 4:2:0 or 4:2:2, or has a size that RTP/JPEG cannot name.
    """
    tables: dict[int, bytes] = {}
    frame: tuple[int, int, int] | None = None
    for marker, segment, end in _segments(data):
        if marker == _DQT:
            tables |= _quantisation_tables(segment)
        elif marker == _SOF0:
            height_px, width_px, sampling = *struct.unpack_from(">HH", segment, 1), segment[7]
            frame = width_px, height_px, sampling
        elif marker == _SOS and frame is not None and tables:
            return _picture(frame, tables[0] + tables.get(1, tables[0]), data[end:].removesuffix(b"\xff\xd9"))
    raise UnusableClipError("JPEG picture: expected a baseline frame with tables and a scan; encode it again")


def _picture(frame: tuple[int, int, int], tables: bytes, scan: bytes) -> JpegPicture:
    width_px, height_px, sampling = frame
    if sampling not in _TYPES or width_px % 8 or height_px % 8 or max(width_px, height_px) > 2_040:
        raise UnusableClipError(
            f"JPEG picture of {width_px} x {height_px} pixels, sampling {sampling:#x}: expected 4:2:0 or 4:2:2 "
            "and multiples of 8 up to 2040; scale it"
        )
    return JpegPicture(_TYPES[sampling], width_px, height_px, tables, scan)


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """(marker, content, where the content ends) of each segment that has a length."""
    position = 2
    while position + 4 <= len(data):
        marker, length = struct.unpack_from(">xBH", data, position)
        end = position + 2 + length
        yield marker, data[position + 4 : end], end
        position = end


def _quantisation_tables(segment: bytes) -> dict[int, bytes]:
    stride = 1 + _TABLE_BYTES
    return {segment[i] & 0x0F: segment[i + 1 : i + stride] for i in range(0, len(segment) - _TABLE_BYTES, stride)}


def jpeg_payloads(picture: JpegPicture, max_payload_bytes: int = MAX_PAYLOAD_BYTES) -> Iterator[bytes]:
    """Cut a picture into RTP payloads; the first one carries the tables (RFC 2435, 3.1 and 3.1.8)."""
    offset = 0
    while offset < len(picture.scan):
        header = struct.pack(
            ">I4B", offset, picture.type_, _TABLES_IN_BAND, picture.width_px // 8, picture.height_px // 8
        )
        if offset == 0:
            header += struct.pack(">BBH", 0, 0, len(picture.tables)) + picture.tables
        chunk = picture.scan[offset : offset + max_payload_bytes - len(header)]
        yield header + chunk
        offset += len(chunk)
