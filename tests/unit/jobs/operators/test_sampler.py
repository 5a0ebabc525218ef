import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_jobs.operators.sampler import (
    REMEMBERED_FRAMES,
    REMEMBERED_REPLAYS,
    Admitted,
    Dropped,
    DropReason,
    SamplerState,
    Verdict,
    on_frame,
    on_replay,
    on_trigger,
    pack_state,
    stale_after_us,
    unpack_state,
)
from ommatid_schemas.events import FrameEvent, Reason, Trigger
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy, SamplingState
from tests.strategies import policies, sampler_inputs
from tests.unit.jobs.operators.examples import T0_US, S, frame

POLICY = SamplingPolicy(
    baseline_interval_us=30 * S,
    motion_interval_us=S // 2,
    event_window_us=30 * S,
    event_interval_us=0,
    event_min_score=0.45,
    shadow_share=0.0,
)
Inputs = list[tuple[FrameEvent | Trigger, int]]


def judge(state: SamplerState, seen: FrameEvent, waited_s: float = 0.0) -> tuple[SamplerState, Verdict]:
    return on_frame(state, seen, POLICY, Priority.SAFETY, seen.published_at_us + round(waited_s * S))


def run(inputs: Inputs, policy: SamplingPolicy, state: SamplerState) -> tuple[SamplerState, list[Verdict]]:
    verdicts: list[Verdict] = []
    for event, now_us in inputs:
        if isinstance(event, Trigger):
            state = on_trigger(state, event)
        else:
            state, verdict = on_frame(state, event, policy, Priority.SAFETY, now_us)
            verdicts.append(verdict)
    return state, verdicts


def test_the_first_frame_of_a_camera_is_admitted():
    _, verdict = judge(SamplerState(), frame(0, Reason.BASELINE))

    assert verdict == Admitted(Reason.BASELINE)


def test_the_same_frame_is_admitted_once():
    state, _ = judge(SamplerState(), frame(0))
    after, verdict = judge(state, frame(0))

    assert verdict == Dropped(DropReason.DUPLICATE)
    assert after == state


def test_a_repeat_is_recognised_after_the_clock_went_back():
    state, _ = judge(SamplerState(), frame(1000))
    state, _ = judge(state, frame(0))
    _, verdict = judge(state, frame(1000))

    assert verdict == Dropped(DropReason.DUPLICATE)


def test_a_frame_that_no_layer_wants_is_over_rate():
    state, _ = judge(SamplerState(), frame(0, Reason.BASELINE))
    _, verdict = judge(state, frame(1, Reason.BASELINE))

    assert verdict == Dropped(DropReason.OVER_RATE)


def test_a_trigger_lets_every_frame_through_as_an_event():
    state, _ = judge(SamplerState(), frame(0, Reason.BASELINE))
    state = on_trigger(state, Trigger("cam-1", T0_US + 30 * S, "cam-1/0", 0.9))
    verdicts: list[Verdict] = []
    for tenth in range(1, 6):
        state, verdict = judge(state, frame(tenth / 10, Reason.BASELINE))
        verdicts.append(verdict)

    assert verdicts == [Admitted(Reason.EVENT)] * 5


@pytest.mark.parametrize(
    ("claimed", "waited_s", "expected"),
    [
        (Reason.BASELINE, 2.4, Admitted(Reason.BASELINE)),
        (Reason.BASELINE, 2.6, Dropped(DropReason.STALE)),
        (Reason.MOTION, 2.6, Admitted(Reason.MOTION)),
        (Reason.MOTION, 5.1, Dropped(DropReason.STALE)),
        (Reason.SCENE_CHANGE, 5.1, Dropped(DropReason.STALE)),
    ],
)
def test_safety_frames_that_queue_are_shed_least_valuable_first(claimed: Reason, waited_s: float, expected: Verdict):
    _, verdict = judge(SamplerState(), frame(0, claimed), waited_s)

    assert verdict == expected


def test_frames_of_an_open_event_outlive_the_promise():
    state = on_trigger(SamplerState(), Trigger("cam-1", T0_US + 30 * S, "cam-1/0", 0.9))
    _, verdict = judge(state, frame(0), waited_s=9.9)

    assert verdict == Admitted(Reason.EVENT)


@pytest.mark.parametrize("priority", Priority)
def test_patience_rises_with_value(priority: Priority):
    patience = [stale_after_us(reason, priority) for reason in Reason]

    assert patience == sorted(patience)
    assert patience[0] < patience[-1]


def test_a_frame_from_a_spool_is_never_stale_for_its_age():
    _, verdict = judge(SamplerState(), frame(0, waited_before_publication_s=86_400))

    assert verdict == Admitted(Reason.MOTION)


def test_a_stale_frame_leaves_its_place_to_the_next_one():
    state, _ = judge(SamplerState(), frame(0, Reason.BASELINE), waited_s=20)
    _, verdict = judge(state, frame(0.1, Reason.BASELINE))

    assert verdict == Admitted(Reason.BASELINE)


def test_memory_of_frames_is_bounded():
    state = SamplerState()
    for second in range(REMEMBERED_FRAMES + 10):
        state, _ = judge(state, frame(second))

    assert len(state.seen_us) == REMEMBERED_FRAMES


def test_a_replayed_frame_is_admitted_although_it_is_known_and_old():
    state, _ = judge(SamplerState(), frame(0))
    after, verdict = on_replay(state, frame(0), "0:17@1#1")

    assert verdict == Admitted(Reason.MOTION)
    assert (after.layers, after.seen_us) == (state.layers, state.seen_us)


def test_the_same_replay_again_is_a_duplicate_and_the_next_one_is_not():
    state, _ = on_replay(SamplerState(), frame(0), "0:17@1#1")
    same, again = on_replay(state, frame(0), "0:17@1#1")
    _, next_one = on_replay(state, frame(0), "0:17@1#2")

    assert (again, next_one) == (Dropped(DropReason.DUPLICATE), Admitted(Reason.MOTION))
    assert same == state


def test_a_frame_that_was_replayed_is_a_duplicate_when_it_comes_by_the_ordinary_way():
    state, _ = on_replay(SamplerState(), frame(0), "0:17@1#1")
    _, verdict = judge(state, frame(0))

    assert verdict == Dropped(DropReason.DUPLICATE)


def test_memory_of_replays_is_bounded():
    state = SamplerState()
    for number in range(REMEMBERED_REPLAYS + 10):
        state, _ = on_replay(state, frame(number), f"0:{number}@1#1")

    assert len(state.replays) == REMEMBERED_REPLAYS
    assert unpack_state(pack_state(state)) == state


@settings(max_examples=50)
@given(inputs=sampler_inputs(), policy=policies)
def test_every_frame_is_admitted_or_dropped_and_a_replay_agrees(inputs: Inputs, policy: SamplingPolicy):
    _, verdicts = run(inputs, policy, SamplerState())
    _, again = run(inputs, policy, SamplerState())
    frames = sum(isinstance(event, FrameEvent) for event, _ in inputs)
    admitted = sum(isinstance(verdict, Admitted) for verdict in verdicts)
    dropped = sum(isinstance(verdict, Dropped) for verdict in verdicts)

    assert again == verdicts
    assert admitted + dropped == frames


@settings(max_examples=50)
@given(inputs=sampler_inputs(), policy=policies)
def test_no_frame_is_admitted_twice(inputs: Inputs, policy: SamplingPolicy):
    _, verdicts = run(inputs, policy, SamplerState())
    frames = [event.frame_id for event, _ in inputs if isinstance(event, FrameEvent)]
    admitted = [name for name, verdict in zip(frames, verdicts, strict=True) if isinstance(verdict, Admitted)]

    assert len(admitted) == len(set(admitted))


@settings(max_examples=50)
@given(inputs=sampler_inputs(), policy=policies, data=st.data())
def test_a_restart_anywhere_changes_nothing(inputs: Inputs, policy: SamplingPolicy, data: st.DataObject):
    cut = data.draw(st.integers(0, len(inputs)))
    straight = run(inputs, policy, SamplerState())
    before, first = run(inputs[:cut], policy, SamplerState())
    after, second = run(inputs[cut:], policy, unpack_state(pack_state(before)))

    assert (after, first + second) == straight


def test_a_trigger_of_a_clock_that_was_ahead_does_not_keep_the_event_layer_closed():
    ahead = on_trigger(SamplerState(), Trigger("lobby-1", T0_US + 3600 * S, "lobby-1/1", 0.9))
    state = on_trigger(ahead, Trigger("lobby-1", T0_US + 30 * S, "lobby-1/2", 0.9))

    assert judge(state, frame(1, Reason.BASELINE))[1] == Admitted(Reason.EVENT)


def test_a_trigger_that_is_written_once_more_does_not_shorten_what_is_open():
    state = on_trigger(SamplerState(), Trigger("lobby-1", T0_US + 60 * S, "lobby-1/2", 0.9))

    assert on_trigger(state, Trigger("lobby-1", T0_US + 30 * S, "lobby-1/1", 0.9)) == state


def test_state_of_version_1_is_read():
    packed = bytes.fromhex(
        "01 29 0200"  # version, 41 bytes of layers, two frames
        "01 0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
        "0600000000000000 ffffffffffffffff"
    )
    expected = SamplerState(SamplingState(1, 2, 3, 4, 5), (6, -1))

    assert unpack_state(packed) == expected


def test_state_of_version_2_is_read():
    packed = bytes.fromhex(
        "02 29 0100"  # version, 41 bytes of layers, one frame
        "01 0100000000000000 0200000000000000 0300000000000000 0400000000000000 0500000000000000"
        "0600000000000000"
        "02 0700000000000000 ffffffffffffffff"  # two replays
    )
    expected = SamplerState(SamplingState(1, 2, 3, 4, 5), (6,), (7, -1))

    assert unpack_state(packed) == expected
    assert pack_state(expected) == packed


def test_state_of_an_unknown_version_is_refused():
    with pytest.raises(IncompatibleStateError, match="sampler state: expected version 2, found version 9; start the"):
        unpack_state(b"\x09" + pack_state(SamplerState())[1:])


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        pack_state(SamplerState())[:-1],
        pack_state(SamplerState(seen_us=(1,)))[:-8],
        pack_state(SamplerState(replays=(1,)))[:-8],
        b"\x01" + pack_state(SamplerState())[1:],
    ],
)
def test_damaged_state_is_refused(packed: bytes):
    with pytest.raises(IncompatibleStateError, match="sampler state: expected"):
        unpack_state(packed)


def test_the_claimed_reason_does_not_open_the_event_layer():
    state, _ = judge(SamplerState(), frame(0, Reason.EVENT))
    _, verdict = judge(state, frame(0.1, Reason.EVENT))

    assert verdict == Dropped(DropReason.OVER_RATE)
