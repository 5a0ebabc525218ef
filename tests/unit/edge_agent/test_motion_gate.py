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


@settings(max_examples=6)
@given(seed=seeds, level=st.integers(20, 235), amplitude=st.integers(1, 15))
def test_noise_below_the_threshold_never_moves(seed: int, level: int, amplitude: int):
    random = np.random.default_rng(seed)
    noise = random.integers(-amplitude, amplitude + 1, (10, HEIGHT, WIDTH))
    frames = list(np.clip(level + noise, 0, 255).astype(np.uint8))

    assert not any(it.moving or it.scene_changed or it.motion_score for it in watch(frames))


@settings(max_examples=8)
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


@settings(max_examples=8)
@given(before=st.integers(0, 120), change=st.integers(40, 130))
def test_light_that_is_switched_is_one_scene_change_and_no_motion(before: int, change: int):
    seen = watch([flat(before)] * 5 + [flat(before + change)] * 15)

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


@settings(max_examples=5)
@given(seed=seeds, cut=st.integers(1, 9))
def test_observing_in_two_parts_equals_observing_in_one(seed: int, cut: int):
    frames = list(np.random.default_rng(seed).integers(0, 255, (10, HEIGHT, WIDTH), dtype=np.uint8))

    def summary(seen: list[Observation]) -> list[tuple[float, bool, bool]]:
        return [(it.motion_score, it.moving, it.scene_changed) for it in seen]

    state = GateState()
    parts = list[Observation]()
    for part in (frames[:cut], frames[cut:]):
        for luma in part:
            parts.append(observe(SETTINGS, state, luma, 1_000_000 + len(parts) * FRAME_US))
            state = parts[-1].state

    assert summary(parts) == summary(watch(frames))


# What follows is drawn at the size at which the gate looks, 100 px high.
ROWS, COLUMNS = 100, 133

spacings_us = st.sampled_from([66_667, 200_000, 500_000, 1_000_000, 2_000_000, 4_000_000])


def street(seed: int = 1) -> Luma:
    """Something with edges and areas, 40..200."""
    random = np.random.default_rng(seed)
    blocks = random.integers(40, 200, (10, 14)).astype(np.uint8)
    return np.kron(blocks, np.ones((10, 10), np.uint8))[:ROWS, :COLUMNS]


def noisy(luma: Luma, random: np.random.Generator, sigma: float = 2.0) -> Luma:
    shown = np.asarray(luma + random.normal(0, sigma, luma.shape), np.float64)
    return np.clip(shown, 0, 255).astype(np.uint8)


def with_person(luma: Luma, x: int, y: int = 50) -> Luma:
    """A dark person, 5 px wide and 14 px high."""
    shown = luma.copy()
    shown[y : y + 14, max(0, x) : max(0, x + 5)] = 10
    return shown


def rained_on(luma: Luma, random: np.random.Generator, drops: int = 40) -> Luma:
    wet = luma.astype(np.int16)
    for y, x, length in random.integers((0, 0, 3), (ROWS - 8, COLUMNS, 7), (drops, 3)).tolist():
        wet[y : y + length, x] += 70
    return np.clip(wet, 0, 255).astype(np.uint8)


def branch_at(luma: Luma, swing: int) -> Luma:
    shown = luma.copy()
    shown[5:45, 20 + swing : 40 + swing] = np.arange(40, dtype=np.uint8)[:, np.newaxis] * 4
    return shown


def moving_us(seen: list[Observation], step_us: int) -> int:
    return sum(it.moving for it in seen) * step_us


@settings(max_examples=5)
@given(seed=seeds, times_us=st.lists(spacings_us, min_size=5, max_size=10))
def test_a_still_scene_never_moves_however_far_apart_its_frames_are(seed: int, times_us: list[int]):
    random, state, at_us = np.random.default_rng(seed), GateState(), 1_000_000
    for elapsed_us in times_us:
        at_us += elapsed_us
        seen = observe(SETTINGS, state, noisy(street(), random), at_us)
        assert (seen.moving, seen.scene_changed, seen.unsure) == (False, False, False)
        state = seen.state


@settings(max_examples=8)
@given(step_us=spacings_us, x=st.integers(5, 120), y=st.integers(5, 80), level=st.integers(60, 250))
def test_a_small_person_is_found_in_one_frame_at_any_spacing(step_us: int, x: int, y: int, level: int):
    seen = watch([np.full((ROWS, COLUMNS), level, np.uint8)] * 3, step_us=step_us)
    entered = with_person(np.full((ROWS, COLUMNS), level, np.uint8), x, y)

    assert observe(SETTINGS, seen[-1].state, entered, 1_000_000 + 3 * step_us).moving


@settings(max_examples=6)
@given(step_us=spacings_us, depth=st.floats(0.05, 0.25), phase=st.floats(0, 6.28))
def test_exposure_that_drifts_is_neither_motion_nor_another_scene(step_us: int, depth: float, phase: float):
    def gain(number: int) -> float:
        return 1 + depth * float(np.sin(phase + 2 * np.pi * number * step_us / 40e6))

    seen = watch([(street() * gain(number)).astype(np.uint8) for number in range(15)], step_us=step_us)

    assert not any(it.moving or it.scene_changed for it in seen)


def test_a_lamp_that_lights_one_side_more_is_one_scene_change():
    light = np.linspace(0.45, 0.75, COLUMNS)
    dark = (street() * light).astype(np.uint8)
    seen = watch([street()] * 5 + [dark] * 20)

    assert [number for number, it in enumerate(seen) if it.scene_changed] == [5]
    assert not any(it.moving for it in seen)


def test_the_soft_shadow_of_a_cloud_does_not_move():
    def shaded(number: int) -> Luma:
        edge = np.clip((np.arange(COLUMNS) - 12.0 * number + 60) / 60, 0, 1)
        return (street() * (0.7 + 0.3 * edge)).astype(np.uint8)

    assert not any(it.moving for it in watch([shaded(number) for number in range(16)], step_us=200_000))


def test_a_person_is_found_while_exposure_drifts():
    frames = [(street() * (1 - 0.02 * number)).astype(np.uint8) for number in range(12)]
    frames[8:] = [with_person(luma, 20 + 3 * number) for number, luma in enumerate(frames[8:])]

    assert [it.moving for it in watch(frames)] == [False] * 8 + [True] * 4


def test_rain_moves_for_a_moment_only():
    random = np.random.default_rng(3)
    seen = watch([street()] * 3 + [rained_on(street(), random) for _ in range(60)])

    assert moving_us(seen, FRAME_US) <= 2_000_000


def test_a_person_in_the_rain_is_found():
    random = np.random.default_rng(4)
    seen = watch([rained_on(street(), random) for _ in range(40)])
    for number in range(10):
        walking = with_person(rained_on(street(), random), 30 + number)
        seen.append(observe(SETTINGS, seen[-1].state, walking, 5_000_000 + number * FRAME_US))

    assert not any(it.moving for it in seen[20:40])
    assert any(it.moving for it in seen[40:])


def test_rain_at_key_frames_asks_for_consecutive_frames():
    random = np.random.default_rng(5)
    seen = watch([rained_on(street(), random) for _ in range(6)], step_us=2_000_000)

    assert [it.moving for it in seen[2:]] == [False] * 4
    assert all(it.unsure for it in seen[2:])


def test_a_swinging_branch_fades_within_twenty_seconds():
    swings = [round(6 * np.sin(number * 0.75)) for number in range(160)]
    seen = watch([branch_at(street(), swing) for swing in swings], step_us=200_000)

    assert seen[10].moving
    assert moving_us(seen[100:], 200_000) <= 1_000_000


def test_a_person_beside_a_branch_that_faded_is_found():
    swings = [round(6 * np.sin(number * 0.75)) for number in range(125)]
    frames = [branch_at(street(), swing) for swing in swings]
    frames[120:] = [with_person(luma, 80 + 2 * number) for number, luma in enumerate(frames[120:])]
    seen = watch(frames, step_us=200_000)

    assert not seen[119].moving
    assert any(it.moving for it in seen[120:])


def test_a_path_that_people_use_every_few_seconds_does_not_fade():
    """Each walks 20 frames of 0.2 s over the same pixels; one comes every 6 s, for 36 s."""
    walks = [with_person(street(), 5 * (number % 30)) if number % 30 < 20 else street() for number in range(180)]
    seen = watch(walks, step_us=200_000)

    for first in range(0, 180, 30):
        assert all(it.moving for it in seen[first + 2 : first + 19])


def test_a_crowd_is_no_rain():
    def crowd(number: int) -> Luma:
        shown = street()
        for person in range(9):
            shown = with_person(shown, (14 * person + 2 * number) % 120, 5 + 9 * person)
        return shown

    seen = watch([street()] * 3 + [crowd(number) for number in range(30)])

    assert all(it.moving for it in seen[4:])


def test_a_branch_under_a_mask_is_silent_at_once():
    masked = np.zeros((ROWS, COLUMNS), np.bool_)
    masked[:50, 10:50] = True
    swings = [round(6 * np.sin(number * 0.75)) for number in range(20)]

    assert not any(it.moving for it in watch([branch_at(street(), swing) for swing in swings], masked))


def test_observing_leaves_the_state_as_it_was():
    before = watch([street(), with_person(street(), 20), with_person(street(), 24)])[-1].state
    assert before.memory is not None
    for array in (before.memory.background, before.memory.restless, before.memory.changed):
        array.flags.writeable = False

    again = [observe(SETTINGS, before, with_person(street(), 28), 2_000_000).motion_score for _ in range(2)]

    assert again[0] == again[1]


def test_one_frame_after_a_long_gap_teaches_the_slow_memory_little():
    state = watch([street()] * 2)[-1].state
    later = observe(SETTINGS, state, with_person(street(), 60), 3_600_000_000).state

    assert later.memory is not None
    assert float(later.memory.restless.max()) < 0.1 * 200


def test_a_restless_scene_asks_for_consecutive_frames_at_key_frames():
    swings = [round(6 * np.sin(number * 1.9)) for number in range(60)]
    seen = watch([branch_at(street(), swing) for swing in swings], step_us=2_000_000)

    assert all(it.moving or it.unsure for it in seen[20:])
    assert any(it.unsure for it in seen[20:])


def test_light_that_drifts_fast_asks_for_consecutive_frames():
    seen = watch([(street() * (1 - 0.05 * number)).astype(np.uint8) for number in range(6)], step_us=1_000_000)

    assert all(it.unsure and not it.moving for it in seen[2:])


def test_a_scene_under_new_light_asks_for_consecutive_frames_for_a_while():
    dark = (street() * 0.5).astype(np.uint8)
    seen = watch([street()] * 5 + [dark] * 30, step_us=1_000_000)

    asks = [number for number, it in enumerate(seen) if it.unsure]
    assert asks == list(range(asks[0], asks[0] + 15))
