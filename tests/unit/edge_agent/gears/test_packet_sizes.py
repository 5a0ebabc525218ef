import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.packet_sizes import (
    SizeHistory,
    false_cue,
    interrupted,
    key_frame_passed,
    labelled,
    unlabelled,
    was_still,
)

STILL_BYTES, MOVING_BYTES = 800, 6_000
GROUP = 29


def noisy(seed: int, size_bytes: int, count: int, scatter: float = 0.15) -> list[int]:
    """Sizes that scatter, by about 15 % unless told otherwise."""
    return [round(size) for size in size_bytes * np.random.default_rng(seed).lognormal(0, scatter, count)]


def idle(history: SizeHistory, sizes: list[int]) -> SizeHistory:
    """Packets in the idle gear, with a still key frame after each group."""
    for number, size in enumerate(sizes, 1):
        history = unlabelled(history, size)
        if number % GROUP == 0:
            history = was_still(key_frame_passed(history))
    return history


def moving(history: SizeHistory, sizes: list[int]) -> SizeHistory:
    for number, size in enumerate(sizes, 1):
        history = labelled(history, size, moving=True)
        if number % GROUP == 0:
            history = key_frame_passed(history)
    return history


def experienced(still_bytes: int = STILL_BYTES, moving_bytes: int = MOVING_BYTES) -> SizeHistory:
    history = idle(SizeHistory(), noisy(1, still_bytes, 20 * GROUP))
    history = moving(history, noisy(2, moving_bytes, 4 * GROUP))
    return idle(interrupted(history), noisy(3, still_bytes, 2 * GROUP))


def test_before_motion_was_seen_steady_sizes_tell_and_unsteady_ones_do_not():
    steady = idle(SizeHistory(), noisy(4, STILL_BYTES, 10 * GROUP))
    unsteady = idle(SizeHistory(), noisy(4, STILL_BYTES, 10 * GROUP, scatter=0.8))

    assert steady.tells
    assert not unsteady.tells


def test_a_stream_whose_packets_grow_with_motion_learns_that_size_tells():
    assert experienced().tells


def test_a_rise_is_noticed_within_three_packets():
    history = experienced()
    for _ in range(3):
        history = unlabelled(history, MOVING_BYTES)

    assert history.risen


def test_a_small_rise_is_noticed_within_a_second_at_fifteen_frames():
    history = experienced()
    for size in noisy(6, 2 * STILL_BYTES, 15):
        history = unlabelled(history, size)

    assert history.risen


def test_sizes_that_depend_on_the_place_in_the_group_are_steady_all_the_same():
    group = [50 * 2**place for place in range(5)] + [1_600] * (GROUP - 5)

    history = idle(SizeHistory(), group * 20)

    assert history.tells
    assert history.still.risen == 0


def test_a_stream_of_constant_bit_rate_unlearns_that_size_tells():
    assert not experienced(still_bytes=6_000, moving_bytes=6_000).tells


def test_a_stream_whose_sizes_rise_without_motion_is_not_believed():
    history = experienced()
    for seed in range(30):
        history = idle(history, [*noisy(seed, STILL_BYTES, GROUP - 5), *noisy(seed, MOVING_BYTES, 5)])

    assert not history.tells


def test_a_single_packet_that_is_a_third_larger_is_no_rise():
    assert not unlabelled(experienced(), 4 * STILL_BYTES // 3).risen


def test_one_false_cue_is_forgiven():
    assert false_cue(experienced()).tells


def test_false_cues_cost_trust_that_stillness_brings_back():
    history = experienced()
    for _ in range(5):
        history = false_cue(history)
    assert not history.tells

    assert idle(history, noisy(5, STILL_BYTES, 60 * GROUP)).tells


def test_a_stream_that_grows_for_good_is_taken_as_it_is():
    history = idle(experienced(), noisy(9, 3 * STILL_BYTES, 40 * GROUP))

    assert not history.risen


@given(sizes=st.lists(st.integers(0, 5_000_000), max_size=200), labels=st.randoms())
def test_whatever_arrives_the_shares_stay_shares_and_the_levels_among_the_sizes(
    sizes: list[int], labels: random.Random
):
    history = SizeHistory()
    for size in sizes:
        match labels.randrange(5):
            case 0:
                history = labelled(history, size, moving=True)
            case 1:
                history = labelled(history, size, moving=False)
            case 2:
                history = unlabelled(history, size)
            case 3:
                history = key_frame_passed(history)
            case _:
                history = was_still(unlabelled(history, size))

    assert 0 <= history.still.share <= 1
    assert 0 <= history.moving.share <= 1
    assert all(0 <= level <= 23 for level in history.levels)
    assert len(history.levels) <= 16
