import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageSequence

from ommatid_jobs.delivery.clip_encoding import MAX_FRAMES, animated_webp, chosen, durations_ms
from ommatid_jobs.detectors import Image


def plain(value: int, height_px: int = 90, width_px: int = 160) -> Image:
    return np.full((height_px, width_px, 3), value, dtype=np.uint8)


def noise(seed: int) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (360, 640, 3), dtype=np.uint8)


def opened(clip: bytes | None) -> Pillow.Image:
    assert clip is not None
    return Pillow.open(io.BytesIO(clip))


def test_a_clip_shows_its_frames_for_as_long_as_told_and_repeats() -> None:
    clip = opened(animated_webp([plain(20), plain(120), plain(220)], [500, 100, 1500]))

    frames = [(it.copy().convert("L").getpixel((80, 45)), it.info["duration"]) for it in ImageSequence.Iterator(clip)]
    assert [shown for _, shown in frames] == [500, 100, 1500]
    assert [value for value, _ in frames] == [pytest.approx(value, abs=6) for value in (20, 120, 220)]
    assert clip.info["loop"] == 0


def test_colours_are_those_of_the_frames() -> None:
    red = np.zeros((90, 160, 3), dtype=np.uint8)
    red[:, :, 2] = 200

    pixel = opened(animated_webp([red, plain(0)], [100, 100])).convert("RGB").getpixel((80, 45))

    assert pixel == (pytest.approx(200, abs=20), pytest.approx(0, abs=20), pytest.approx(0, abs=20))


def test_a_clip_above_the_bound_becomes_smaller() -> None:
    clip = animated_webp([noise(1), noise(2)], [100, 100], max_bytes=60_000)

    assert clip is not None
    assert len(clip) <= 60_000
    assert opened(clip).size[0] < 640


def test_a_clip_that_cannot_be_small_enough_is_none() -> None:
    assert animated_webp([noise(1), noise(2)], [100, 100], max_bytes=500) is None


def test_frames_of_another_size_are_scaled_to_the_first() -> None:
    assert opened(animated_webp([plain(20), plain(200, 180, 320)], [100, 100])).size == (160, 90)


@given(frames=st.integers(1, 500))
def test_a_clip_has_a_bounded_number_of_frames_from_the_first_to_the_last(frames: int) -> None:
    numbers = chosen(frames)

    assert numbers == sorted(set(numbers))
    assert (numbers[0], numbers[-1]) == (0, frames - 1)
    assert len(numbers) == min(frames, MAX_FRAMES)


@given(times_us=st.lists(st.integers(0, 10**15), min_size=2, max_size=12))
def test_no_frame_flashes_or_stands_still(times_us: list[int]) -> None:
    shown_ms = durations_ms(times_us)

    assert len(shown_ms) == len(times_us)
    assert all(100 <= it <= 2_000 for it in shown_ms)


def test_a_frame_is_shown_until_the_next_was_captured() -> None:
    assert durations_ms([1_000_000, 1_500_000, 60_000_000]) == [500, 2_000, 1_500]
