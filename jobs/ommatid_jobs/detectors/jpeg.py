"""Decode the JPEG of a frame, with a bound on what a hostile or broken one can cost."""

from dataclasses import dataclass

import cv2
import numpy as np

from ommatid_jobs.detectors.detector import Image

MAX_IMAGE_BYTES = 8 * 1024 * 1024
"""Longest JPEG that is looked at; a Kafka record of frames holds 2 MiB."""

MAX_IMAGE_PIXELS = 40_000_000
"""Largest image that is decoded, pixels: an 8K frame has 33 million, and takes 100 MB decoded."""

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Why bytes are not an image; becomes the text of a dead letter."""

    reason: str


def decode_jpeg(data: bytes, enough_px: int | None = None) -> Image | Undecodable:
    """Decode a JPEG, whole or not at all: a truncated one is refused rather than filled up with grey.

    Args:
        data: The JPEG.
        enough_px: Length of the longer side that the caller needs. A larger image is decoded at
            a half, a quarter or an eighth of its size (cheaper: the inverse DCT is scaled) as long
            as the longer side stays at least this long. None decodes in full size.

    Returns:
        (H, W, 3) uint8 BGR, or why there is none.
    """
    size = _checked_size_px(data)
    if isinstance(size, Undecodable):
        return size
    flags = _REDUCED[_reduction(max(size), enough_px)] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flags)
    except cv2.error as exc:
        return Undecodable(f"expected a JPEG, found one that OpenCV refuses: {exc}")
    if image is None:
        return Undecodable(f"expected a JPEG of {size[0]} x {size[1]} px, found damaged data ({len(data)} bytes)")
    return image.astype(np.uint8, copy=False)


def _checked_size_px(data: bytes) -> tuple[int, int] | Undecodable:
    if len(data) > MAX_IMAGE_BYTES:
        return Undecodable(f"expected at most {MAX_IMAGE_BYTES} bytes, found {len(data)}")
    if not data.startswith(b"\xff\xd8"):
        return Undecodable(f"expected a JPEG (ff d8 ...), found {len(data)} bytes starting with {data[:4].hex(' ')!r}")
    if b"\xff\xd9" not in data[-64:]:
        return Undecodable(f"expected the end marker of a JPEG (ff d9), found none: truncated after {len(data)} bytes")
    size = _size_px(data)
    if size is None or 0 in size:
        return Undecodable("expected a JPEG with a frame header (SOF) of non-zero size, found none")
    if size[0] * size[1] > MAX_IMAGE_PIXELS:
        return Undecodable(f"expected at most {MAX_IMAGE_PIXELS} px, found {size[0]} x {size[1]}")
    return size


def _size_px(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header (ITU-T T.81, B.2.2), without decoding."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if _is_frame_header(marker):
            height, width = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            return width, height
        # 0xFF before a marker is padding (B.1.1.2); everything else here carries its length.
        at += 1 if marker == 0xFF else 2 + max(length, 2)
    return None


def _is_frame_header(marker: int) -> bool:
    """SOF0 to SOF15; C4, C8 and CC in between are tables and extensions."""
    return 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}


def _reduction(longer_px: int, enough_px: int | None) -> int:
    if enough_px is None:
        return 1
    return max(by for by in _REDUCED if by == 1 or longer_px // by >= enough_px)
