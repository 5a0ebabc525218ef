import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ommatid_fleet.backtest.conversion import playable
from ommatid_fleet.backtest.footage import Footage
from ommatid_fleet.backtest.progress import Progress
from ommatid_fleet.backtest.request import FootageRequest, PlayOptions
from ommatid_fleet.backtest.running import run_backtest
from tests.unit.edge_agent.gears.clips import HEIGHT_PX, WIDTH_PX, clip
from tests.unit.fleet.backtest.raised import START_US

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {bars: {priority: safety, detector: null-416}}
cameras: {bar-1: {url: "rtsp://camera/1", region: eu, group: bars}}
"""


class Shown:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.total: list[float] = []
        self.told: list[float] = []

    @contextmanager
    def __call__(self, name: str, total: float) -> Generator[Progress]:
        self.names.append(name)
        self.total.append(total)
        yield self.told.append


@pytest.fixture
def converted(tmp_path: Path) -> Callable[[bytes], Path]:
    """Converts a file that no camera sends."""

    def convert(encoded: bytes) -> Path:
        source = tmp_path / "old.mkv"
        source.write_bytes(encoded)
        (target,) = playable([source], tmp_path, Shown())
        return target

    return convert


def shown_at_s(paths: Sequence[Path]) -> list[float]:
    return sorted(at_us / 1e6 for opened in Footage(paths).clips() for _, at_us in opened.packets())


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mjpeg"])
def test_what_cameras_send_is_played_as_it_is(tmp_path: Path, codec: str):
    path, shown = tmp_path / "walk.mkv", Shown()
    path.write_bytes(clip(codec, 2, group=2))

    assert playable([path], tmp_path, shown) == [path]
    assert shown.names == []


@pytest.mark.parametrize("codec", ["mpeg4", "msmpeg4", "mpeg2video"])
def test_what_no_camera_sends_becomes_h264_with_the_same_frames_at_the_same_times(
    converted: Callable[[bytes], Path], codec: str
):
    target = converted(clip(codec, 45, group=12))

    for opened in Footage([target]).clips():
        packets = [packet for packet, _ in opened.packets()]
        assert (opened.stream.codec_context.name, opened.size_px) == ("h264", (WIDTH_PX, HEIGHT_PX))
        assert [number for number, packet in enumerate(packets) if packet.is_keyframe] == [0, 20, 40]
    assert shown_at_s([target]) == pytest.approx([number / 10 for number in range(45)])


def test_the_same_file_always_becomes_the_same_bytes(converted: Callable[[bytes], Path]):
    encoded = clip("mpeg4", 12, group=12)

    assert converted(encoded).read_bytes() == converted(encoded).read_bytes()


def test_a_conversion_says_what_it_does_and_how_far_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    path, shown = tmp_path / "old.mkv", Shown()
    path.write_bytes(clip("mpeg4", 5, group=5))

    with caplog.at_level(logging.INFO):
        playable([path], tmp_path, shown)

    assert caplog.messages == [f"{path}: no camera sends mpeg4; converting it to H.264 first"]
    assert (shown.names, shown.total) == (["convert old.mkv"], pytest.approx([0.5]))
    assert shown.told == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_packets_that_cannot_be_decoded_are_counted(
    converted: Callable[[bytes], Path], caplog: pytest.LogCaptureFixture
):
    whole = clip("mpeg4", 12, group=1)
    start = bytes.fromhex("000001b6")  # of a picture, ISO/IEC 14496-2 section 6.2.1
    second = whole.index(start, whole.index(start) + 4)

    target = converted(whole[:second] + b"\xff\xff\xff\xff" + whole[second + 4 :])

    assert len(shown_at_s([target])) == 11
    assert "old.mkv: 1 of its packets cannot be decoded" in caplog.text


def test_a_backtest_plays_it_and_says_the_same_twice(tmp_path: Path):
    fleet, video = tmp_path / "fleet.yaml", tmp_path / "old.mkv"
    fleet.write_text(FLEET, encoding="utf-8")
    video.write_bytes(clip("msmpeg4", 30, group=12))
    request = FootageRequest([video], START_US)

    (first,), (second,) = (run_backtest([fleet], request, PlayOptions(), Shown()) for _ in range(2))

    assert first.frames.captured == 30
    assert first.frames.model_calls > 1
    assert "undecodable_packet" not in first.frames.not_published
    assert first == second
