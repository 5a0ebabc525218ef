from fractions import Fraction
from pathlib import Path

import pytest

from ommatid_edge.simulator.clip import load_clip, packetised
from ommatid_edge.simulator.errors import UnusableClipError
from ommatid_edge.simulator.scenes import SCENES

SPS, PPS, IDR, OTHER = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80"), b"\x65\x01", b"\x41\x01"


@pytest.mark.parametrize("frames", [[], [(OTHER,)], [(IDR,)], [(SPS, PPS, OTHER)]])
def test_a_clip_that_no_client_could_decode_is_refused(frames: list[tuple[bytes, ...]]) -> None:
    with pytest.raises(
        UnusableClipError, match=r"clip some\.mp4: expected parameter sets and a key frame at the start"
    ):
        packetised(frames, Fraction(10), "some.mp4")


def test_a_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video")

    with pytest.raises(UnusableClipError, match=r"notes\.mp4: cannot be read as video"):
        load_clip(path)


@pytest.mark.parametrize(("offset_s", "frame"), [(0.0, 0), (0.29, 0), (0.35, 3), (0.5, 3), (0.6, 0), (61.0, 3)])
def test_an_offset_falls_back_to_a_key_frame_and_wraps(offset_s: float, frame: int) -> None:
    clip = packetised([(SPS, PPS, IDR), (OTHER,), (OTHER,)] * 2, Fraction(10), "test")

    assert clip.key_frame_at(offset_s) == frame


@pytest.mark.parametrize("scene", ["empty", "street-crop"])
def test_committed_footage_has_a_key_frame_each_two_seconds(scene: str) -> None:
    clip = load_clip(SCENES[scene])

    assert clip.frame_rate == 10
    assert [i for i, frame in enumerate(clip.frames) if frame.key_frame] == list(range(0, len(clip.frames), 20))
