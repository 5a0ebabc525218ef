from pathlib import Path

import pytest

from ommatid_edge.simulator import SCENES, Codec, Encoding, FootageCacheError, FootageLibrary

SHORT = Encoding(size_px=(64, 48), frames_per_s=5, key_frame_every_s=0.4, length_s=0.8)


@pytest.fixture
def library(tmp_path: Path) -> FootageLibrary:
    return FootageLibrary(SCENES, tmp_path / "cache")


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_footage_has_the_rate_and_the_key_frames_that_were_asked_for(library: FootageLibrary, codec: Codec) -> None:
    clip = library.clip("empty", Encoding(codec, (64, 48), 5, key_frame_every_s=0.4, length_s=0.8))

    assert clip.frame_rate == 5
    assert [frame.key_frame for frame in clip.frames] == [True, False, True, False]
    assert clip.media.encoding == codec.upper()


def test_every_frame_of_mjpeg_is_a_key_frame(library: FootageLibrary) -> None:
    clip = library.clip("empty", Encoding(Codec.MJPEG, (64, 48), 5, length_s=0.8))

    assert (clip.media.encoding, clip.media.payload_type) == ("JPEG", 26)
    assert all(frame.key_frame for frame in clip.frames)


def test_a_constant_bit_rate_is_kept_where_nothing_moves(library: FootageLibrary) -> None:
    clip = library.clip("empty", Encoding(size_px=(64, 48), frames_per_s=10, length_s=2.0, bit_rate=400_000))

    bits_per_s = sum(frame.payload_bytes for frame in clip.frames) * 8 / 2.0
    assert bits_per_s == pytest.approx(400_000, rel=0.15)


def test_footage_is_made_once_and_always_the_same(library: FootageLibrary, tmp_path: Path) -> None:
    made = library.encoded("empty", SHORT)
    written_at = made.stat().st_mtime_ns

    assert FootageLibrary(SCENES, tmp_path / "cache").encoded("empty", SHORT) == made
    assert made.stat().st_mtime_ns == written_at
    again = FootageLibrary(SCENES, tmp_path / "elsewhere").encoded("empty", SHORT)
    assert (again.name, again.read_bytes()) == (made.name, made.read_bytes())


def test_other_settings_are_other_files(library: FootageLibrary) -> None:
    assert library.encoded("empty", SHORT) != library.encoded("empty", Encoding(size_px=(64, 48), length_s=0.5))


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FootageCacheError, match=r"cache .*file/cache: cannot be used .*OMMATID_SIMULATOR_CACHE"):
        FootageLibrary(SCENES, tmp_path / "file" / "cache").encoded("empty", SHORT)
