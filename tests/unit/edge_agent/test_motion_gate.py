import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ommatid_edge.motion_gate import GateSettings, GateState, Observation, observe

Luma = NDArray[np.uint8]

HEIGHT, WIDTH = 200, 266
FRAME_US = 100_000
SETTINGS = GateSettings()

seeds = st.integers(0, 2**32 - 1)


def watch(frames: list[Luma], masked: NDArray[np.bool_] | None = None, step_us: int = FRAME_US) -> list[Observation]:
    """Observations of frames 0.1 s apart."""
    state, seen = GateState(), list[Observation]()
    for number, luma in enumerate(frames):
        seen.append(observe(SETTINGS, state, luma, 1_000_000 + number * step_us, masked))
        state = seen[-1].state
    return seen


def flat(level: int) -> Luma:
    return np.full((HEIGHT, WIDTH), level, np.uint8)


def with_block(level: int, x: int, y: int, size: int, contrast: int) -> Luma:
    luma = flat(level)
    luma[y : y + size, x : x + size] += np.uint8(contrast)
    return luma


@settings(max_examples=25)
@given(seed=seeds, level=st.integers(20, 235), amplitude=st.integers(1, 15))
def test_noise_below_the_threshold_never_moves(seed: int, level: int, amplitude: int):
    random = np.random.default_rng(seed)
    noise = random.integers(-amplitude, amplitude + 1, (20, HEIGHT, WIDTH))
    frames = list(np.clip(level + noise, 0, 255).astype(np.uint8))

    assert not any(it.moving or it.scene_changed or it.motion_score for it in watch(frames))


@settings(max_examples=25)
@given(
    level=st.integers(0, 100),
    contrast=st.integers(60, 150),
    size=st.integers(16, 60),
    y=st.integers(0, HEIGHT - 60),
    step=st.integers(4, 12),
)
def test_a_moving_block_is_found_from_its_second_frame_on(level: int, contrast: int, size: int, y: int, step: int):
    entering = [flat(level), *(with_block(level, 10 + n * step, y, size, contrast) for n in range(10))]

    assert all(it.moving for it in watch(entering)[1:])


@settings(max_examples=25)
@given(before=st.integers(0, 120), change=st.integers(40, 130))
def test_light_that_is_switched_is_one_scene_change_and_no_motion(before: int, change: int):
    seen = watch([flat(before)] * 5 + [flat(before + change)] * 30)

    assert [number for number, it in enumerate(seen) if it.scene_changed] == [5]
    assert not any(it.moving for it in seen)


def test_light_that_changes_in_half_the_scene_stops_being_motion_after_a_few_seconds():
    lit = flat(50)
    lit[:, : WIDTH // 2] = 150
    seen = watch([flat(50)] * 5 + [lit] * 60)

    assert seen[5].moving
    assert not seen[-1].moving


def test_motion_during_settling_is_seen_again_after_it():
    frames = [flat(20), flat(160), *(with_block(160, 5 * n, 20, 40, 80) for n in range(30))]
    seen = watch(frames)

    assert not any(it.moving for it in seen[:11])
    assert all(it.moving for it in seen[12:])


def test_motion_is_held_for_a_second_after_the_last_change():
    block = with_block(50, 100, 100, 40, 100)
    seen = watch([flat(50)] * 3 + [block] + [flat(50)] * 20)

    moving = [number for number, it in enumerate(seen) if it.moving]
    assert moving[0] == 3
    assert moving == list(range(3, moving[-1] + 1))
    assert 10 <= len(moving) <= 15


def test_a_speck_smaller_than_the_contour_area_does_not_move():
    speck = flat(50)
    speck[100:102, 100:102] = 150

    seen = watch([flat(50), speck, flat(50)])

    assert not any(it.moving for it in seen)


def test_what_happens_under_a_mask_is_not_seen():
    masked = np.zeros((100, 133), np.bool_)
    masked[:, :70] = True
    seen = watch([flat(50), with_block(50, 20, 60, 60, 150)], masked)

    assert seen[1].motion_score == 0.0
    assert not seen[1].moving


def test_the_score_is_the_share_of_changed_pixels_outside_the_masks():
    masked = np.zeros((100, 133), np.bool_)
    masked[:50] = True
    changed = flat(50)
    changed[: HEIGHT * 3 // 4] = 200
    seen = watch([flat(50), changed], masked)

    assert abs(seen[1].motion_score - 0.5) < 0.05


def test_a_new_picture_size_starts_over_without_motion():
    state = observe(SETTINGS, GateState(), flat(20), 1_000_000).state

    seen = observe(SETTINGS, state, np.full((100, 300), 220, np.uint8), 1_100_000)

    assert (seen.moving, seen.scene_changed, seen.motion_score) == (False, False, 0.0)


@settings(max_examples=10)
@given(seed=seeds, cut=st.integers(1, 19))
def test_observing_in_two_parts_equals_observing_in_one(seed: int, cut: int):
    frames = list(np.random.default_rng(seed).integers(0, 255, (20, HEIGHT, WIDTH), dtype=np.uint8))

    def summary(seen: list[Observation]) -> list[tuple[float, bool, bool]]:
        return [(it.motion_score, it.moving, it.scene_changed) for it in seen]

    state = GateState()
    parts = list[Observation]()
    for part in (frames[:cut], frames[cut:]):
        for luma in part:
            parts.append(observe(SETTINGS, state, luma, 1_000_000 + len(parts) * FRAME_US))
            state = parts[-1].state

    assert summary(parts) == summary(watch(frames))
