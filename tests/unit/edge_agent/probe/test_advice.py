import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.settings import GearSettings
from ommatid_edge.probe.advice import Intent, advice, key_frames_suffice
from ommatid_edge.probe.figures import stream_figures
from tests.unit.edge_agent.probe.streams import announced, cpu, figures, stream


def good() -> str:
    """All advice on a stream that needs none."""
    return "\n".join(advice(announced(), figures(seconds=2.5), cpu(), Intent()))


def test_a_small_stream_with_close_key_frames_and_a_clock_needs_no_advice():
    assert good() == ""


def test_a_large_picture_needs_a_substream():
    given_4k = "\n".join(advice(announced(3840, 2160), figures(), cpu(), Intent(publish_width_px=800)))

    assert "the picture is 3840 x 2160, but published frames are 800 pixels wide: set `substream`" in given_4k


def test_a_large_substream_is_to_be_made_smaller():
    given_large = "\n".join(advice(announced(1920, 1080), figures(), cpu(), Intent(substream=True)))

    assert "the substream is 1920 x 1080" in given_large
    assert "make it smaller in the camera" in given_large


def test_720p_is_no_reason_for_advice():
    assert "picture" not in "\n".join(advice(announced(1280, 720), figures(), cpu(), Intent()))


def test_distant_key_frames_come_with_the_interval_to_set():
    told = "\n".join(advice(announced(), figures(seconds=9, key_every=60), cpu(), Intent()))

    assert "key frames are 4.0 s apart, above max_blind of 2 s: every frame is decoded all the time" in told
    assert "to 30 frames or fewer" in told


def test_a_stream_that_shows_one_key_frame_only_is_told_the_lower_bound():
    told = "\n".join(advice(announced(), figures(seconds=5, key_every=1000), cpu(), Intent()))

    assert "key frames are more than 4.9 s apart" in told


def test_more_bytes_between_key_frames_than_the_agent_keeps_are_told():
    # 15 frames: 20,000 bytes of the key frame, and 14 of 2,000 on average
    told = "\n".join(advice(announced(), figures(), cpu(), Intent(GearSettings(buffer_bytes=40_000))))

    assert "above decode.buffer_bytes of 40000: every frame is decoded all the time" in told
    assert not key_frames_suffice(figures(), Intent(GearSettings(buffer_bytes=40_000)))


def test_key_frames_do_not_matter_where_everything_is_decoded_anyway():
    told = "\n".join(
        advice(announced(), figures(seconds=9, key_every=60), cpu(), Intent(GearSettings(always_full=True)))
    )

    assert "key frame" not in told


@given(key_every=st.integers(2, 100), max_blind_us=st.integers(500_000, 20_000_000))
def test_key_frames_suffice_exactly_when_the_agent_would_tolerate_their_distance(key_every: int, max_blind_us: int):
    measured, decode = figures(seconds=14, key_every=key_every), GearSettings(max_blind_us=max_blind_us)

    suffices = key_frames_suffice(measured, Intent(decode))

    assert suffices == decode.tolerates(round(measured.key_frame_distance.at_least_s * 1e6))


def test_thirty_frames_per_second_are_more_than_needed():
    assert "30 frames per second: 15 are plenty" in "\n".join(advice(announced(), figures(fps=30), cpu(), Intent()))


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [
        (None, "no RTCP sender report in 8 s: frames are stamped with their time of arrival"),
        (-3600.0, "the camera's clock is 3600.0 s behind: it is not used"),
        (7200.0, "the camera's clock is 7200.0 s ahead: it is not used"),
    ],
)
def test_a_clock_that_is_missing_or_wrong_is_told(offset_s: float | None, expected: str):
    measured = stream_figures(stream(clock_offset_s=offset_s))

    assert expected in "\n".join(advice(announced(), measured, cpu(), Intent()))


def test_audio_is_named_and_an_unknown_answer_is_not_taken_for_audio():
    assert "offers audio (aac)" in "\n".join(advice(announced(audio=("aac",)), figures(), cpu(), Intent()))
    assert "audio" not in "\n".join(advice(announced(audio=None), figures(), cpu(), Intent()))


def test_b_frames_are_told():
    one, two, three, *rest = stream()

    told = "\n".join(advice(announced(), stream_figures((one, three, two, *rest)), cpu(), Intent()))

    assert "B-frames: pictures arrive later and out of order" in told


def test_a_constant_bit_rate_is_told_but_not_of_a_stream_of_key_frames_only():
    constant = stream_figures(stream(seconds=8, key_every=15))
    intra_only = stream_figures(stream(seconds=8, key_every=1))

    assert "if the camera is set to constant bit rate" in "\n".join(advice(announced(), constant, cpu(), Intent()))
    assert "bit rate" not in "\n".join(advice(announced(), intra_only, cpu(), Intent()))


def test_damage_comes_first():
    told = advice(announced(3840, 2160), figures(), cpu(undecodable=3, corrupt=7), Intent())

    assert told[0].startswith("3 packet(s) could not be decoded and 7 frame(s) were damaged")
