import struct

import cv2
import numpy as np
import pytest

from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.jpeg_rtp import jpeg_payloads, parse_jpeg


def jpeg(height: int, width: int) -> bytes:
    """A baseline JPEG of noise, 4:2:0, as OpenCV writes it."""
    noise = np.random.default_rng(2).integers(0, 255, (height, width, 3), np.uint8)
    return cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def test_fragments_follow_each_other_and_make_up_the_scan() -> None:
    picture = parse_jpeg(jpeg(96, 160))
    payloads = list(jpeg_payloads(picture))

    scan = b""
    for index, payload in enumerate(payloads):
        first, kind, quality, width, height = struct.unpack_from(">I4B", payload)
        assert first == len(scan)
        assert (kind, quality, width, height) == (1, 255, 20, 12)
        scan += payload[8 + (4 + 128 if index == 0 else 0) :]
    assert scan == picture.scan
    assert max(map(len, payloads)) <= 1_400


def test_the_first_fragment_carries_both_tables() -> None:
    picture = parse_jpeg(jpeg(96, 160))

    assert next(jpeg_payloads(picture))[8:140] == struct.pack(">BBH", 0, 0, 128) + picture.tables


def test_the_scan_ends_before_the_end_of_image() -> None:
    data = jpeg(96, 160)

    assert data.endswith(parse_jpeg(data).scan + b"\xff\xd9")


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", jpeg(96, 160)[:100]])
def test_a_picture_that_is_cut_off_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableClipError, match=r"JPEG picture: expected a baseline frame"):
        parse_jpeg(data)


def test_a_size_that_rtp_cannot_name_is_refused() -> None:
    with pytest.raises(UnusableClipError, match=r"JPEG picture of 100 x 96 pixels, .*multiples of 8 up to 2040"):
        parse_jpeg(jpeg(96, 100))
