from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_jobs.operators.triggers import MIN_DISTANCE_US, TriggerState, on_result, pack_state, unpack_state
from ommatid_schemas.events import FrameResult, Trigger
from ommatid_schemas.sampling import SamplingPolicy
from tests.strategies import camera_results
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at

POLICY = SamplingPolicy(30 * S, S // 2, 30 * S, 0, 0.45, 0.0)
PERSON, WEAK, DOG = standing_at(0.5, 0.5), standing_at(0.5, 0.5, score=0.44), standing_at(0.5, 0.5, "dog", 0.95)


def run(results: list[FrameResult], state: TriggerState) -> tuple[TriggerState, list[Trigger | None]]:
    given_out: list[Trigger | None] = []
    for seen in results:
        state, trigger = on_result(state, seen, POLICY)
        given_out.append(trigger)
    return state, given_out


def test_a_detection_opens_the_event_layer_for_the_window_after_its_capture():
    _, trigger = on_result(TriggerState(), result(0, WEAK, PERSON), POLICY)

    assert trigger == Trigger("cam-1", T0_US + 30 * S, f"cam-1/{T0_US}", 0.9)


def test_a_weak_detection_triggers_nothing():
    assert on_result(TriggerState(), result(0, WEAK), POLICY) == (TriggerState(), None)


def test_only_the_given_labels_count():
    _, trigger = on_result(TriggerState(), result(0, PERSON, DOG), POLICY, frozenset({"person"}))

    assert trigger is not None
    assert trigger.score == 0.9


def test_a_camera_triggers_at_most_once_in_five_seconds():
    _, triggers = run([result(second, PERSON) for second in range(11)], TriggerState())

    assert [second for second, trigger in enumerate(triggers) if trigger] == [0, 5, 10]


def test_a_camera_whose_clock_went_back_triggers_again():
    _, triggers = run([result(3600, PERSON), result(0, PERSON)], TriggerState())

    assert all(triggers)


@settings(max_examples=50)
@given(results=camera_results(), data=st.data())
def test_a_restart_anywhere_changes_nothing(results: list[FrameResult], data: st.DataObject):
    cut = data.draw(st.integers(0, len(results)))
    before, first = run(results[:cut], TriggerState())
    after, second = run(results[cut:], unpack_state(pack_state(before)))

    assert (after, first + second) == run(results, TriggerState())


@settings(max_examples=50)
@given(results=camera_results())
def test_triggers_that_follow_each_other_are_apart(results: list[FrameResult]):
    _, triggers = run(results, TriggerState())
    times = [trigger.until_us for trigger in triggers if trigger]

    assert all(abs(after - before) >= MIN_DISTANCE_US for before, after in pairwise(times))


def test_state_of_version_1_is_read():
    assert unpack_state(bytes.fromhex("01 0700000000000000")) == TriggerState(7)
    assert pack_state(TriggerState(7)) == bytes.fromhex("01 0700000000000000")


@pytest.mark.parametrize("packed", [b"", b"\x02\x07", b"\x01\x07"])
def test_state_that_this_release_did_not_write_is_refused(packed: bytes):
    with pytest.raises(IncompatibleStateError, match="trigger state: expected"):
        unpack_state(packed)
