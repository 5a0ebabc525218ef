import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.clock_drift import DriftState, measured

NOON_US = 1_795_000_000_000_000
FRAME_US = 500_000
SECOND_US = 1_000_000


def watch(state: DriftState, offsets_us: list[int], start: int = 0) -> DriftState:
    """Two frames per second, each with its offset."""
    for number, offset_us in enumerate(offsets_us, start):
        state = measured(state, NOON_US + number * FRAME_US, offset_us)
    return state


def blurred(drift_ppm: float, seconds: int, seed: int = 1, offset_us: int = 0) -> list[int]:
    """Offsets of a clock that drifts, behind a network whose delay is mostly small and sometimes a second."""
    draw = np.random.default_rng(seed)
    count = seconds * SECOND_US // FRAME_US
    delays_us = draw.exponential(30_000, count) + (draw.random(count) < 0.05) * 1_000_000
    return [round(offset_us + drift_ppm * n * FRAME_US / 1e6 - delay_us) for n, delay_us in enumerate(delays_us)]


@pytest.mark.parametrize("drift_ppm", [-300.0, 0.0, 200.0])
def test_drift_is_found_behind_a_network_with_jitter(drift_ppm: float):
    state = watch(DriftState(), blurred(drift_ppm, seconds=300))

    assert state.drift_ppm == pytest.approx(drift_ppm, abs=40)
    assert state.jumps == 0


def test_nothing_is_said_about_drift_within_the_first_minute():
    assert watch(DriftState(), blurred(200.0, seconds=60)).drift_ppm is None


@pytest.mark.parametrize("by_us", [-3600 * SECOND_US, -SECOND_US, SECOND_US, 60 * SECOND_US])
def test_a_jump_is_counted_once_and_drift_is_measured_anew(by_us: int):
    state = watch(DriftState(), blurred(100.0, seconds=120))
    state = watch(state, blurred(100.0, seconds=30, offset_us=by_us), start=240)

    assert state.jumps == 1
    assert state.jumped_by_us == pytest.approx(by_us, abs=200_000)
    assert state.drift_ppm is None


def test_a_network_that_stands_still_for_some_seconds_is_no_jump():
    offsets_us = blurred(0.0, seconds=120)
    offsets_us[100:112] = [offset_us - 5 * SECOND_US for offset_us in offsets_us[100:112]]

    assert watch(DriftState(), offsets_us).jumps == 0


@given(
    drift_ppm=st.floats(-400, 400),
    offset_us=st.integers(-(10**12), 10**12),
    bad=st.lists(st.integers(0, 599), max_size=10),
)
def test_a_few_bad_samples_neither_bend_the_drift_nor_count_as_jumps(drift_ppm: float, offset_us: int, bad: list[int]):
    offsets_us = [round(offset_us + drift_ppm * n * FRAME_US / 1e6) for n in range(600)]
    for number in bad:
        offsets_us[number] -= 10 * SECOND_US
    state = watch(DriftState(), offsets_us)

    assert state.drift_ppm == pytest.approx(drift_ppm, abs=5)
    assert state.jumps == 0


@given(
    arrivals=st.lists(st.tuples(st.integers(-(10**8), 10**8), st.integers(-(10**13), 10**13)), max_size=60),
)
def test_whatever_both_clocks_do_the_state_stays_bounded(arrivals: list[tuple[int, int]]):
    state, at_us, jumps = DriftState(), NOON_US, 0
    for step_us, offset_us in arrivals:
        at_us += step_us
        state = measured(state, at_us, offset_us)
        assert state.jumps in (jumps, jumps + 1)
        jumps = state.jumps

    assert len(state.levels) <= 40
