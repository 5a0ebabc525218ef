from fractions import Fraction

import pytest

from ommatid_edge.simulator.clip import h264_clip
from ommatid_edge.simulator.errors import UnusableClipError

SPS, PPS, IDR, OTHER = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80"), b"\x65\x01", b"\x41\x01"


@pytest.mark.parametrize("frames", [[], [(OTHER,)], [(IDR,)], [(SPS, PPS, OTHER)]])
def test_a_clip_that_no_client_could_decode_is_refused(frames: list[tuple[bytes, ...]]) -> None:
    with pytest.raises(
        UnusableClipError, match=r"clip some\.mp4: expected parameter sets and a key frame at the start"
    ):
        h264_clip(frames, Fraction(10), "some.mp4")


@pytest.mark.parametrize(("offset_s", "frame"), [(0.0, 0), (0.29, 0), (0.35, 3), (0.5, 3), (0.6, 0), (61.0, 3)])
def test_an_offset_falls_back_to_a_key_frame_and_wraps(offset_s: float, frame: int) -> None:
    clip = h264_clip([(SPS, PPS, IDR), (OTHER,), (OTHER,)] * 2, Fraction(10), "test")

    assert clip.key_frame_at(offset_s) == frame
