import re

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.detectors import Image, Undecodable, decode_jpeg
from ommatid_jobs.detectors.jpeg import MAX_IMAGE_BYTES


def jpeg(width_px: int = 64, height_px: int = 48) -> bytes:
    gradient = np.linspace(0, 255, width_px, dtype=np.uint8)
    image = np.repeat(np.tile(gradient, (height_px, 1))[..., None], 3, axis=2)
    return cv2.imencode(".jpg", image)[1].tobytes()


def decoded(data: bytes, enough_px: int | None = None) -> Image:
    image = decode_jpeg(data, enough_px)
    assert not isinstance(image, Undecodable), image.reason
    return image


def with_claimed_size(data: bytes, width_px: int, height_px: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + height_px.to_bytes(2, "big") + width_px.to_bytes(2, "big") + data[at + 4 :]


def test_a_jpeg_becomes_rows_columns_and_channels():
    image = decoded(jpeg())

    assert (image.shape, image.dtype) == ((48, 64, 3), np.uint8)


@pytest.mark.parametrize(
    ("enough_px", "expected_width_px"),
    [(None, 1600), (1600, 1600), (801, 1600), (800, 800), (416, 800), (200, 200), (1, 200)],
)
def test_a_large_frame_is_decoded_no_larger_than_needed(enough_px: int | None, expected_width_px: int):
    assert decoded(jpeg(1600, 900), enough_px).shape[1] == expected_width_px


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "expected a JPEG .* found 0 bytes"),
        (b"\x89PNG\r\n\x1a\n", "expected a JPEG .* starting with '89 50 4e 47'"),
        (b"\xff\xd8\xff\xd9", "frame header"),
        (b"\xff\xd8\xff\xc0\x00\x11\xff\xd9", "frame header"),
        (jpeg()[:-40], "truncated after"),
        (with_claimed_size(jpeg(), 0, 0), "non-zero size"),
        (with_claimed_size(jpeg(), 65_000, 65_000), "at most 40000000 px, found 65000 x 65000"),
        (jpeg() + b"\0" * MAX_IMAGE_BYTES, "at most 8388608 bytes"),
    ],
)
def test_what_is_not_a_whole_jpeg_is_refused_with_a_reason(data: bytes, reason: str):
    refused = decode_jpeg(data)

    assert isinstance(refused, Undecodable)
    assert re.search(reason, refused.reason)


@settings(max_examples=100)
@given(middle=st.binary(max_size=200))
def test_random_bytes_never_raise(middle: bytes):
    decode_jpeg(b"\xff\xd8\xff" + middle + b"\xff\xd9")


@settings(max_examples=50)
@given(at=st.integers(2, 600), value=st.integers(0, 255))
def test_a_damaged_jpeg_never_raises(at: int, value: int):
    data = bytearray(jpeg())
    data[at % len(data)] = value

    decode_jpeg(bytes(data))
