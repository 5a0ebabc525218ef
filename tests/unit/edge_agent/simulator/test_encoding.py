import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.simulator import Encoding
from ommatid_edge.simulator.encoding import blend


@given(st.floats(0.1, 60), st.floats(0.01, 20), st.integers(1, 60))
def test_footage_is_whole_groups_of_pictures_and_as_long_as_asked(length_s: float, every_s: float, rate: int) -> None:
    encoding = Encoding(key_frame_every_s=every_s, length_s=length_s)

    frames, group = encoding.total_frames(rate), encoding.group_frames(rate)

    assert frames % group == 0
    assert length_s * rate <= frames < length_s * rate + group + 1


@pytest.mark.parametrize(
    ("encoding", "size_px"),
    [
        (Encoding(), (768, 576)),
        (Encoding(size_px=(1_280, 720)), (1_280, 720)),
        (Encoding(size_px=(1_280, 720), scale=0.5), (640, 360)),
        (Encoding(scale=0.001), (8, 8)),
        (Encoding(size_px=(1_001, 720)), (1_000, 720)),
    ],
)
def test_pictures_have_a_size_that_every_codec_takes(encoding: Encoding, size_px: tuple[int, int]) -> None:
    assert encoding.picture_px((768, 576)) == size_px


@pytest.mark.parametrize(
    ("frame", "rates", "expected"),
    [
        (7, (10, 10), (7, 0.0)),
        (3, (15, 10), (2, 0.0)),
        (1, (15, 10), (0, pytest.approx(2 / 3))),
        (3, (5, 10), (6, 0.0)),
    ],
)
def test_frames_at_another_rate_lie_between_those_of_the_scene(
    frame: int, rates: tuple[float, float], expected: tuple[int, float]
) -> None:
    assert blend(frame, *rates) == expected
