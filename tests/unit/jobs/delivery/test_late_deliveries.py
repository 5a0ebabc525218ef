from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.delivery.late_deliveries import (
    LateChange,
    Lateness,
    LatePolicy,
    delivered,
    late_once,
    time_passed,
)

POLICY = LatePolicy(share=0.5, window_s=300.0, least=3)
SECOND_US = 1_000_000
START_US = 1_790_000_000 * SECOND_US


def played(deliveries: Iterable[tuple[int, bool]]) -> tuple[Lateness, list[LateChange]]:
    """State and changes after deliveries, each so many seconds after the start."""
    state, changes = Lateness(), list[LateChange]()
    for at_s, late in deliveries:
        state, change = delivered(state, START_US + at_s * SECOND_US, POLICY, late=late)
        changes += [change] if change else []
    return state, changes


def test_too_many_late_deliveries_raise_once() -> None:
    _, changes = played((second, True) for second in range(10))

    assert changes == [LateChange(START_US + 2 * SECOND_US, share=1.0, over=False)]


def test_few_late_deliveries_say_nothing_however_large_their_share() -> None:
    assert played([(0, True), (1, True)])[1] == []


def test_a_small_share_is_not_too_many() -> None:
    assert played((second, second % 4 == 0) for second in range(100))[1] == []


def test_it_is_over_below_half_of_the_share_and_not_before() -> None:
    late = [(second, True) for second in range(3)]
    in_time = [(second, False) for second in range(3, 13)]

    _, changes = played(late + in_time)

    # 3 of 12 are half of the bound, 3 of 13 are less.
    assert [(it.over, round(it.share, 3)) for it in changes] == [(False, 1.0), (True, round(3 / 13, 3))]
    assert changes[0].since_us == changes[1].since_us


def test_time_alone_ends_it_once_the_window_holds_no_late_delivery() -> None:
    state, _ = played((second, True) for second in range(3))

    state, still = time_passed(state, START_US + 280 * SECOND_US, POLICY)
    state, over = time_passed(state, START_US + 320 * SECOND_US, POLICY)

    assert (still, state.slots) == (None, ())
    assert over is not None
    assert over.over


def test_without_deliveries_nothing_changes() -> None:
    assert time_passed(Lateness(), START_US, POLICY) == (Lateness(), None)


deliveries = st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=200)


@given(steps=deliveries)
def test_begin_and_end_take_turns_and_the_state_stays_small(steps: list[tuple[int, bool]]) -> None:
    times_s = [sum(step for step, _ in steps[: number + 1]) for number in range(len(steps))]

    state, changes = played(zip(times_s, (late for _, late in steps), strict=True))

    assert [it.over for it in changes] == [number % 2 == 1 for number in range(len(changes))]
    assert len(state.slots) <= 30


@given(steps=deliveries)
def test_the_window_agrees_with_counting_anew(steps: list[tuple[int, bool]]) -> None:
    """Against a plain count over the deliveries of the last 30 slots of ten seconds."""
    now_s, plain = 0, list[tuple[int, bool]]()
    for step, late in steps:
        now_s += step
        plain.append((now_s, late))
    state, _ = played(plain)
    recent = [
        late
        for at_s, late in plain
        if (START_US // SECOND_US + at_s) // 10 > (START_US // SECOND_US + now_s) // 10 - 30
    ]

    assert (state.delivered, state.late) == (len(recent), sum(recent))


def test_a_clock_that_is_set_back_forgets_what_lies_ahead() -> None:
    state, _ = played((second, True) for second in range(2))

    state, change = delivered(state, START_US - 3600 * SECOND_US, POLICY, late=False)

    assert (state.delivered, state.late, change) == (1, 0, None)


@pytest.mark.parametrize(
    ("before_s", "at_s", "acknowledged", "counts"),
    [
        (None, 4, True, False),  # in time
        (None, 6, True, True),  # late
        (None, 4, False, None),  # failed, and may still be in time
        (None, 6, False, True),  # failed, and too late for any other attempt
        (4, 6, False, True),  # the first attempt after the bound
        (6, 9, False, None),  # has been counted by the attempt before
        (6, 9, True, None),
        (4, 6, True, True),
    ],
)
def test_a_message_counts_once(before_s: int | None, at_s: int, acknowledged: bool, counts: bool | None) -> None:
    before_us = None if before_s is None else START_US + before_s * SECOND_US

    assert late_once(START_US, before_us, START_US + at_s * SECOND_US, 5.0, acknowledged=acknowledged) is counts
