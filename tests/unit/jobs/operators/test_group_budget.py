from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.group_budget import (
    Allowance,
    BudgetState,
    Cost,
    GroupBudget,
    empty,
    fill,
    pack_state,
    share_of,
    spend,
    unpack_state,
)
from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.events import Reason
from ommatid_schemas.fleet_file import Budget
from tests.strategies import spendings
from tests.unit.jobs.operators.examples import T0_US, S

FULL = BudgetState()
LIMITS = Budget(frames=2.0, money=3.0, frame_price=0.005)
budgets = st.builds(
    share_of,
    st.builds(
        Budget,
        frames=st.none() | st.floats(0.05, 100),
        money=st.none() | st.floats(0.2, 100),
        frame_price=st.just(0.005),
    ),
    subtasks=st.integers(1, 16),
    cameras=st.integers(0, 16),
)
draws = st.floats(0, 1, exclude_max=True)
Asked = list[tuple[int, Reason, float, float]]


def run(budget: GroupBudget, asked: Asked, state: BudgetState) -> tuple[BudgetState, list[bool]]:
    answers: list[bool] = []
    for now_us, reason, money, draw in asked:
        state, allowed = spend(budget, state, reason, Cost(1, money), now_us, draw=draw)
        answers.append(allowed)
    return state, answers


def admitted_shares(load: dict[Reason, float], budget: GroupBudget, seconds: int = 120) -> dict[Reason, float]:
    """Share of each reason's frames that passes when so many of each arrive per second, evenly, after a warm-up."""
    arrivals = sorted(
        (round((number + 0.5) / per_s * S), reason, number)
        for reason, per_s in load.items()
        for number in range(round(seconds * per_s))
    )
    state, offered, passed = empty(budget, T0_US), Counter[Reason](), Counter[Reason]()
    for at_us, reason, number in arrivals:
        draw = number * 0.6180339887498949 % 1
        state, allowed = spend(budget, state, reason, Cost(1, budget.frame_price), T0_US + at_us, draw=draw)
        if at_us > 20 * S:
            offered[reason] += 1
            passed[reason] += allowed
    return {reason: passed[reason] / offered[reason] for reason in load}


@settings(max_examples=30)
@given(budget=budgets, asked=spendings(), full=st.booleans())
def test_no_window_costs_more_than_rate_times_time_and_a_burst(budget: GroupBudget, asked: Asked, full: bool):
    _, answers = run(budget, asked, FULL if full else empty(budget, T0_US))
    spent = [(it[0], it[2]) for it, allowed in zip(asked, answers, strict=True) if allowed]
    for limit, costs in ((budget.frames, [1.0] * len(spent)), (budget.money, [money for _, money in spent])):
        for first in range(len(spent)):
            for last in range(first, len(spent)):
                seconds = (spent[last][0] - spent[first][0]) / S
                most = float("inf") if limit is None else limit.per_s * (seconds + limit.burst_us / S)

                assert sum(costs[first : last + 1]) <= most * (1 + 1e-9)


@settings(max_examples=30)
@given(budget=budgets, asked=spendings(30), drawn=st.lists(draws, min_size=5, max_size=5))
def test_a_more_valuable_frame_is_never_refused_where_a_less_valuable_one_passes(
    budget: GroupBudget, asked: Asked, drawn: list[float]
):
    state = empty(budget, T0_US)
    for now_us, reason, money, draw in asked:
        answers = [
            spend(budget, state, it, Cost(1, money), now_us, draw=at)[1] for it, at in zip(Reason, drawn, strict=True)
        ]
        state, _ = spend(budget, state, reason, Cost(1, money), now_us, draw=draw)

        assert answers == sorted(answers)


@settings(max_examples=30)
@given(budget=budgets, asked=spendings(), data=st.data())
def test_a_restart_with_the_state_changes_nothing_and_a_replay_agrees(
    budget: GroupBudget, asked: Asked, data: st.DataObject
):
    cut = data.draw(st.integers(0, len(asked)))
    straight = run(budget, asked, FULL)
    before, first = run(budget, asked[:cut], FULL)
    after, second = run(budget, asked[cut:], unpack_state(pack_state(before)))

    assert run(budget, asked, FULL) == straight
    assert (after, first + second) == straight


@settings(max_examples=30)
@given(budget=budgets, asked=spendings(30))
def test_a_refusal_costs_nothing(budget: GroupBudget, asked: Asked):
    state = empty(budget, T0_US)
    for now_us, reason, money, draw in asked:
        level = fill(budget, state, now_us)
        state, allowed = spend(budget, state, reason, Cost(1, money), now_us, draw=draw)

        assert allowed or fill(budget, state, now_us) == level


@given(
    money=st.floats(1, 50), price=st.floats(0.0001, 0.02), subtasks=st.integers(1, 8), step_us=st.integers(1, 10 * S)
)
@settings(max_examples=30)
def test_a_group_never_spends_more_than_its_money_in_an_hour(money: float, price: float, subtasks: int, step_us: int):
    limits = share_of(Budget(money=money, frame_price=price), subtasks, cameras=100)
    share = limits.money
    assert share is not None

    assert share.per_s * (3600 + share.burst_us / S) <= money / subtasks * (1 + 1e-6)
    assert spend(limits, FULL, Reason.SHADOW, Cost(1, price), T0_US)[1]


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("load", [1.5, 4.0])
def test_no_part_of_a_budget_is_wasted_whatever_the_frames_are(reason: Reason, load: float):
    budget = share_of(Budget(frames=10.0), 1, 1)
    share = admitted_shares({reason: 10.0 * load}, budget)[reason]

    assert share * load == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize(
    ("event_per_s", "thinned", "whole", "gone"),
    [
        (4.0, Reason.SHADOW, [Reason.BASELINE, Reason.MOTION, Reason.SCENE_CHANGE, Reason.EVENT], []),
        (6.0, Reason.BASELINE, [Reason.MOTION, Reason.SCENE_CHANGE, Reason.EVENT], [Reason.SHADOW]),
        (8.0, Reason.MOTION, [Reason.SCENE_CHANGE, Reason.EVENT], [Reason.SHADOW, Reason.BASELINE]),
        (11.5, Reason.EVENT, [], [Reason.SHADOW, Reason.BASELINE, Reason.MOTION, Reason.SCENE_CHANGE]),
    ],
)
def test_as_the_load_grows_layers_are_thinned_one_after_the_other(
    event_per_s: float, thinned: Reason, whole: list[Reason], gone: list[Reason]
):
    others = {Reason.SHADOW: 2.0, Reason.BASELINE: 2.0, Reason.MOTION: 2.0, Reason.SCENE_CHANGE: 1.0}
    shares = admitted_shares({**others, Reason.EVENT: event_per_s}, share_of(Budget(frames=10.0), 1, 1))

    assert 0.0 < shares[thinned] < 1.0
    assert [shares[reason] for reason in whole] == [1.0] * len(whole)
    assert [shares[reason] for reason in gone] == [0.0] * len(gone)


def test_cameras_that_ask_in_step_share_what_is_left():
    """Two cameras ask in turn, one just after the budget has room for one of them: both are thinned."""
    budget = share_of(Budget(frames=1.0), 1, 1)
    state, passed = FULL, Counter[int]()
    for number in range(400):
        now_us, camera = T0_US + number * S // 2, number % 2
        draw = number * 0.6180339887498949 % 1
        state, allowed = spend(budget, state, Reason.MOTION, Cost(), now_us, draw=draw)
        passed[camera] += allowed

    assert min(passed.values()) > 0.35 * passed.total()


def test_after_a_restart_events_pass_first():
    budget = share_of(Budget(frames=10.0), 1, 1)
    state = empty(budget, T0_US)
    first_s = {
        reason: next(
            tenth / 10 for tenth in range(60) if spend(budget, state, reason, Cost(), T0_US + tenth * S // 10)[1]
        )
        for reason in Reason
    }

    assert first_s[Reason.EVENT] == 0.1
    assert sorted(first_s.values(), reverse=True) == list(first_s.values())
    assert first_s[Reason.SHADOW] < 5.0


def test_a_clock_that_goes_back_empties_the_allowance_and_no_more():
    budget = share_of(Budget(frames=10.0), 1, 1)
    state, _ = spend(budget, FULL, Reason.EVENT, Cost(), T0_US)
    state, at_once = spend(budget, state, Reason.EVENT, Cost(), T0_US - 3600 * S)
    _, soon = spend(budget, state, Reason.EVENT, Cost(), T0_US - 3600 * S + S // 10)

    assert (at_once, soon) == (False, True)


def test_shares_of_all_subtasks_are_the_budget():
    share = share_of(LIMITS, subtasks=8, cameras=100)

    assert share.frames == Allowance(0.25, 20 * S)
    assert share.frame_price == 0.005


def test_a_group_with_few_cameras_has_as_many_shares():
    assert share_of(Budget(frames=6.0), subtasks=8, cameras=3).frames == Allowance(2.0, 5 * S)


def test_a_share_that_pays_for_nothing_is_refused():
    with pytest.raises(ConfigurationError, match=r"at least 6\.4 per hour, two frames for each of 8 subtasks, found 3"):
        share_of(Budget(money=3.0, frame_price=0.4), subtasks=8, cameras=100)


def test_without_limits_everything_passes():
    assert all(spend(GroupBudget(), FULL, reason, Cost(), T0_US)[1] for reason in Reason)
    assert fill(GroupBudget(), FULL, T0_US) == 1.0


@pytest.mark.parametrize("packed", [b"", b"\x02\x07", b"\x01\x07"])
def test_state_that_this_release_did_not_write_is_refused(packed: bytes):
    with pytest.raises(IncompatibleStateError, match="budget state: expected"):
        unpack_state(packed)
