from fractions import Fraction

import pytest

from ommatid_edge.simulator.sdp import h264_format, session_description

SPS, PPS = bytes.fromhex("6742c01eda"), bytes.fromhex("68ce3c80")


@pytest.fixture
def lines() -> list[str]:
    return session_description("camera-1", h264_format(SPS, PPS), Fraction(10)).split("\r\n")


def test_the_description_has_one_h264_track(lines: list[str]) -> None:
    assert [line for line in lines if line.startswith("m=")] == ["m=video 0 RTP/AVP 96"]
    assert "a=rtpmap:96 H264/90000" in lines


def test_the_parameter_sets_are_in_the_format_line(lines: list[str]) -> None:
    wanted = "a=fmtp:96 packetization-mode=1;profile-level-id=42C01E;sprop-parameter-sets=Z0LAHto=,aM48gA=="

    assert wanted in lines


def test_session_lines_come_first_in_the_order_of_the_standard(lines: list[str]) -> None:
    assert "".join(line[:1] for line in lines) == "vosctaamaaaa"


def test_the_frame_rate_is_given(lines: list[str]) -> None:
    assert "a=framerate:10" in lines
