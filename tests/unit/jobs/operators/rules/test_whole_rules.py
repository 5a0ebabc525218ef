"""All kinds of rules at once, before a camera whose objects come, go and stay."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rules import CameraRules, RulesState, Step, elapsed, evaluate, pack_state, unpack_state
from ommatid_schemas.events import Alert, FrameResult
from ommatid_schemas.fleet_file import Rule
from tests.strategies import RULE_KEYS, rules_of_every_kind, walks
from tests.unit.jobs.operators.examples import S


def run(
    results: Sequence[FrameResult], camera: CameraRules, state: RulesState | None = None, waited_us: int = 10_000
) -> list[Step]:
    """Evaluate results one after the other, each so long after its inference."""
    steps: list[Step] = []
    for seen in results:
        steps.append(
            evaluate(steps[-1].state if steps else state or RulesState(), seen, camera, seen.inferred_at_us + waited_us)
        )
    return steps


def said(steps: Sequence[Step]) -> list[Alert]:
    """What was told, without what depends on when the rules were asked."""
    return [replace(alert, raised_at_us=0, latency_ms={}, late=False) for step in steps for alert in step.alerts]


def stored(state: RulesState) -> RulesState:
    """As a checkpoint gives it back."""
    return unpack_state(pack_state(state))


@given(camera=rules_of_every_kind(), results=walks())
def test_a_replay_at_any_later_time_tells_the_same_under_the_same_identities(
    camera: CameraRules, results: list[FrameResult]
):
    assert said(run(results, camera)) == said(run(results, camera, waited_us=3_600 * S))


@given(camera=rules_of_every_kind(), results=walks(), data=st.data())
def test_a_job_that_goes_back_to_a_checkpoint_anywhere_repeats_what_it_told(
    camera: CameraRules, results: list[FrameResult], data: st.DataObject
):
    checkpoint, killed_at = sorted(data.draw(st.tuples(*[st.integers(0, len(results))] * 2)))
    first = run(results[:checkpoint], camera)
    state = stored(first[-1].state if first else RulesState())
    lost = run(results[checkpoint:killed_at], camera, state)
    again = run(results[checkpoint:], camera, state, waited_us=60 * S)

    assert said(again[: len(lost)]) == said(lost)
    assert said([*first, *again]) == said(run(results, camera))


@given(camera=rules_of_every_kind(), results=walks())
def test_a_restart_after_each_frame_is_the_same_as_a_straight_run(camera: CameraRules, results: list[FrameResult]):
    straight, state = run(results, camera), RulesState()
    for seen, expected in zip(results, straight, strict=True):
        step = evaluate(stored(state), seen, camera, seen.inferred_at_us + 10_000)
        assert step == expected
        state = step.state


@given(camera=rules_of_every_kind(), results=walks(), data=st.data())
def test_how_often_time_is_looked_at_changes_nothing_that_is_told(
    camera: CameraRules, results: list[FrameResult], data: st.DataObject
):
    plain, state, ticked = run(results, camera), RulesState(), list[Step]()
    fresh = [None if step.repeat else seen.captured_at_us for seen, step in zip(results, plain, strict=True)]
    for number, seen in enumerate(results, start=1):
        ticked.append(evaluate(state, seen, camera, seen.inferred_at_us))
        # Time passes on the camera's clock up to its next frame; on one that is set back, none does.
        next_us = next((at_us for at_us in fresh[number:] if at_us is not None), 2**62)
        look_us = ticked[-1].state.captured_at_us + data.draw(st.integers(0, 40 * S))
        until_us = max(ticked[-1].state.captured_at_us, min(look_us, next_us - 1))
        ticked.append(elapsed(ticked[-1].state, camera, until_us, until_us))
        state = ticked[-1].state

    # What is due after the last frame, only a look at the time tells.
    told = said(plain)
    assert said(ticked)[: len(told)] == told


def test_whatever_a_rule_can_say_is_among_what_is_drawn():
    assert set(Rule.model_fields) - {"camera"} == RULE_KEYS  # those on cameras themselves are the watch's
