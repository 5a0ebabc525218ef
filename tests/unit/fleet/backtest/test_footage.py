from pathlib import Path

import pytest

from ommatid_fleet.backtest.footage import Footage
from ommatid_schemas import ConfigurationError
from tests.unit.edge_agent.gears.clips import HEIGHT_PX, WIDTH_PX, clip


def written(folder: Path, name: str, encoded: bytes) -> Path:
    path = folder / name
    path.write_bytes(encoded)
    return path


def times_s(footage: Footage) -> list[float]:
    return [at_us / 1e6 for opened in footage.clips() for _, at_us in opened.packets()]


def test_a_second_file_goes_on_where_the_first_one_ended(tmp_path: Path):
    paths = [written(tmp_path, f"{number}.mkv", clip("libx264", 4, group=2)) for number in range(2)]
    footage = Footage(paths)

    assert times_s(footage) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert footage.expected_s() == pytest.approx(0.8, abs=0.01)


def test_a_packet_has_the_time_at_which_its_frame_is_shown_however_frames_are_reordered(tmp_path: Path):
    path = written(tmp_path, "b.mkv", clip("libx264", 8, group=8, parameters="bframes=2:b-adapt=0"))
    found = times_s(Footage([path]))

    assert found != sorted(found)
    assert sorted(found) == pytest.approx([number / 10 for number in range(8)])


def test_a_clip_knows_its_size(tmp_path: Path):
    path = written(tmp_path, "a.mkv", clip("libx264", 2, group=2))

    assert [opened.size_px for opened in Footage([path]).clips()] == [(WIDTH_PX, HEIGHT_PX)]


@pytest.mark.parametrize("content", [None, b"", b"not a video" * 100])
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, content: bytes | None):
    path = tmp_path / "notes.mp4"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"--video .*notes\.mp4: expected a video file, found"):
        times_s(Footage([path]))


def test_footage_in_an_unknown_codec_is_refused_by_name(tmp_path: Path):
    path = written(tmp_path, "odd.mkv", clip("mpeg4", 2, group=2).replace(b"V_MPEG4/ISO/ASP", b"V_ODDVIDEO/ISO2"))

    with pytest.raises(ConfigurationError, match=r"odd\.mkv: expected a codec that FFmpeg decodes"):
        times_s(Footage([path]))
