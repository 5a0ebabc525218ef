import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.gears.packet_sizes import SizeHistory, false_cue, interrupted, labelled, unlabelled, was_still

STILL_BYTES, MOVING_BYTES = 800, 6_000
GROUP = 29


def noisy(seed: int, size_bytes: int, count: int) -> list[int]:
    """Sizes that scatter by about 15 %."""
    return [round(size) for size in size_bytes * np.random.default_rng(seed).lognormal(0, 0.15, count)]


def idle(history: SizeHistory, sizes: list[int]) -> SizeHistory:
    """Packets in the idle gear, with a still key frame after each group."""
    for number, size in enumerate(sizes, 1):
        history = unlabelled(history, size)
        if number % GROUP == 0:
            history = was_still(history)
    return history


def moving(history: SizeHistory, sizes: list[int]) -> SizeHistory:
    for size in sizes:
        history = labelled(history, size, moving=True)
    return history


def experienced(still_bytes: int = STILL_BYTES, moving_bytes: int = MOVING_BYTES) -> SizeHistory:
    history = idle(SizeHistory(), noisy(1, still_bytes, 20 * GROUP))
    history = moving(history, noisy(2, moving_bytes, 120))
    return idle(interrupted(history), noisy(3, still_bytes, 2 * GROUP))


def test_sizes_tell_nothing_before_there_is_a_history_of_both():
    still_only = idle(SizeHistory(), noisy(4, STILL_BYTES, 40 * GROUP))
    moving_only = moving(SizeHistory(), noisy(5, MOVING_BYTES, 400))

    assert not still_only.tells
    assert not moving_only.tells


def test_a_stream_whose_packets_grow_with_motion_learns_that_size_tells():
    assert experienced().tells


def test_a_rise_is_noticed_within_three_packets():
    history = experienced()
    for _ in range(3):
        history = unlabelled(history, MOVING_BYTES)

    assert history.risen


def test_a_stream_of_constant_bit_rate_never_learns_that_size_tells():
    assert not experienced(still_bytes=6_000, moving_bytes=6_000).tells


def test_a_stream_whose_sizes_rise_without_motion_is_not_believed():
    history = experienced()
    for seed in range(30):
        history = idle(history, [*noisy(seed, STILL_BYTES, GROUP - 5), *noisy(seed, MOVING_BYTES, 5)])

    assert not history.tells


def test_a_single_large_packet_is_no_rise():
    assert not unlabelled(experienced(), 4 * STILL_BYTES // 3).risen


def test_a_false_cue_costs_trust_that_stillness_brings_back():
    history = false_cue(experienced())
    assert not history.tells

    assert idle(history, noisy(5, STILL_BYTES, 60 * GROUP)).tells


def test_a_stream_that_grows_for_good_is_taken_as_it_is():
    history = idle(experienced(), noisy(9, 3 * STILL_BYTES, 40 * GROUP))

    assert not history.risen


@given(sizes=st.lists(st.integers(0, 5_000_000), max_size=200), labels=st.randoms())
def test_whatever_arrives_the_shares_stay_shares_and_the_level_among_the_sizes(sizes: list[int], labels: random.Random):
    history = SizeHistory()
    for size in sizes:
        match labels.randrange(4):
            case 0:
                history = labelled(history, size, moving=True)
            case 1:
                history = labelled(history, size, moving=False)
            case 2:
                history = unlabelled(history, size)
            case _:
                history = was_still(unlabelled(history, size))

    assert 0 <= history.still.share <= 1
    assert 0 <= history.moving.share <= 1
    assert 0 <= history.level <= 23
