"""Times in the drawings are seconds; one column is one frame."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_schemas import Reason
from ommatid_schemas.sampling import (
    Candidate,
    SamplingPolicy,
    SamplingState,
    choose,
    claimed_candidate,
    open_event_layer,
    pack_state,
    shadow_draw,
    unpack_state,
)
from tests.strategies import candidates, policies

S = 1_000_000
START_US = 1_700_000_000 * S
POLICY = SamplingPolicy(
    baseline_interval_us=30 * S,
    motion_interval_us=S // 2,
    event_window_us=30 * S,
    event_interval_us=0,
    event_min_score=0.45,
    shadow_share=0.0,
)


def run(
    policy: SamplingPolicy, frames: list[Candidate], state: SamplingState | None = None
) -> tuple[SamplingState, list[Reason | None]]:
    state = state or SamplingState()
    reasons: list[Reason | None] = []
    for frame in frames:
        choice = choose(policy, state, frame)
        state = choice.state
        reasons.append(choice.reason)
    return state, reasons


def steady(duration_s: float, fps: int, *, moving: bool = False) -> list[Candidate]:
    return [
        Candidate(START_US + round(n * S / fps), moving=moving, scene_changed=False, shadow_draw=1.0)
        for n in range(round(duration_s * fps))
    ]


def test_a_quiet_camera_gives_one_baseline_frame_per_interval():
    _, reasons = run(POLICY, steady(120, fps=10))

    assert reasons.count(Reason.BASELINE) == 4
    assert reasons.count(None) == len(reasons) - 4


@pytest.mark.parametrize("fps", [5, 10, 15, 25])
def test_a_moving_camera_gives_the_motion_rate_whatever_its_frame_period(fps: int):
    """15 frames/s do not divide into 2/s: a plain minimum distance would give 1.875/s."""
    _, reasons = run(POLICY, steady(60, fps=fps, moving=True))

    assert abs(reasons.count(Reason.MOTION) - 120) <= 2


def test_a_trigger_takes_every_frame_until_its_window_ends():
    state = open_event_layer(SamplingState(), START_US + 3 * S)

    _, reasons = run(POLICY, steady(5, fps=10), state)

    assert reasons[:30] == [Reason.EVENT] * 30
    assert Reason.EVENT not in reasons[30:]


def test_the_event_rate_bounds_the_event_layer():
    policy = SamplingPolicy(30 * S, S // 2, 30 * S, S // 4, 0.45, 0.0)
    state = open_event_layer(SamplingState(), START_US + 10 * S)

    _, reasons = run(policy, steady(10, fps=15), state)

    assert abs(reasons.count(Reason.EVENT) - 40) <= 2


@pytest.mark.parametrize(("event_rate", "expected"), [(1, 20), (2, 20), (5, 50)])
def test_motion_adds_nothing_to_an_event_layer_of_the_same_rate_or_a_higher_one(event_rate: int, expected: int):
    policy = replace(POLICY, event_interval_us=S // event_rate)
    state = open_event_layer(SamplingState(), START_US + 10 * S)

    _, reasons = run(policy, steady(10, 15, moving=True), state)

    assert len([reason for reason in reasons if reason is not None]) == pytest.approx(expected, abs=1)


def test_a_trigger_never_shortens_an_open_layer():
    state = open_event_layer(SamplingState(event_until_us=9 * S), 3 * S)

    assert state.event_until_us == 9 * S


def test_a_trigger_of_a_clock_that_was_ahead_does_not_keep_the_layer_closed():
    ahead = open_event_layer(SamplingState(), START_US + 3600 * S)

    assert open_event_layer(ahead, START_US + 30 * S).event_until_us == START_US + 30 * S


def test_no_trigger_leaves_an_open_layer_open():
    state = SamplingState(event_until_us=START_US)

    assert open_event_layer(state, 0) == state


def test_a_scene_change_is_chosen_at_once():
    state, _ = run(POLICY, steady(1, fps=10))
    changed = Candidate(START_US + S, moving=False, scene_changed=True, shadow_draw=1.0)

    assert choose(POLICY, state, changed).reason is Reason.SCENE_CHANGE


def test_a_clock_that_goes_back_an_hour_does_not_silence_the_camera():
    state = open_event_layer(SamplingState(), START_US + 30 * S)
    state, _ = run(POLICY, steady(60, fps=10, moving=True), state)
    back = [Candidate(frame.captured_at_us - 3600 * S, True, False, 1.0) for frame in steady(10, fps=10)]

    _, reasons = run(POLICY, back, state)

    assert abs(reasons.count(Reason.MOTION) - 20) <= 2
    assert Reason.EVENT not in reasons


@given(policy=policies, frames=candidates(), trigger_after=st.integers(0, 60))
def test_the_second_application_admits_what_an_honest_first_one_chose(
    policy: SamplingPolicy, frames: list[Candidate], trigger_after: int
):
    edge = cloud = SamplingState()
    for number, frame in enumerate(frames):
        if number == trigger_after:
            until_us = frame.captured_at_us + policy.event_window_us
            edge, cloud = open_event_layer(edge, until_us), open_event_layer(cloud, until_us)
        identity = f"camera/{frame.captured_at_us}"
        seen = Candidate(frame.captured_at_us, frame.moving, frame.scene_changed, shadow_draw(identity))
        choice = choose(policy, edge, seen)
        edge = choice.state
        if choice.reason is None:
            continue
        again = choose(policy, cloud, claimed_candidate(frame.captured_at_us, choice.reason, identity))
        cloud = again.state
        assert again.reason is choice.reason


@given(policy=policies, frames=candidates(), split=st.integers(0, 60))
def test_packing_the_state_in_the_middle_equals_a_straight_run(
    policy: SamplingPolicy, frames: list[Candidate], split: int
):
    straight = run(policy, frames)
    state, before = run(policy, frames[:split])

    state, after = run(policy, frames[split:], unpack_state(pack_state(state)))

    assert (state, before + after) == straight


def test_shadow_draws_are_uniform_enough_to_estimate_a_share():
    draws = [shadow_draw(f"camera/{n}") for n in range(10_000)]

    assert 40 <= sum(draw < 0.005 for draw in draws) <= 60


def test_a_state_of_an_unknown_version_is_refused():
    with pytest.raises(ValueError, match=r"sampling state: expected version 1 \(41 bytes\), found"):
        unpack_state(b"\x07" + bytes(40))
