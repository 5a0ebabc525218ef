from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.operators.fair_share import (
    GUARANTEED_PER_S,
    LEAST_FRAMES,
    MOST_FRAMES,
    admitted_within_share,
    share_frames,
)
from ommatid_jobs.operators.sampler import Admitted, Dropped, DropReason, SamplerState, Verdict, on_frame, on_trigger
from ommatid_schemas.events import FrameEvent, Reason, Trigger
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy
from tests.strategies import policies, sampler_inputs
from tests.unit.jobs.operators.examples import T0_US, S, frame

EVERY = SamplingPolicy(30 * S, S // 2, 30 * S, 0, 0.45, 0.0)
GUARANTEED = SamplingPolicy(30 * S, S // 2, 30 * S, S // GUARANTEED_PER_S, 0.45, 0.0)
IN_EVENT = on_trigger(SamplerState(), Trigger("cam-1", T0_US + 30 * S, "cam-1/1", 0.9))
ADMITTED, REFUSED = Admitted(Reason.EVENT), Dropped(DropReason.OVER_SHARE)
TWO = 2


class Worker:
    """A sampler whose model answers nothing unless a test says so."""

    def __init__(self, policy: SamplingPolicy, share: int, state: SamplerState = IN_EVENT) -> None:
        self.queue = ModelQueue()
        self._policy, self._share, self._state = policy, share, state

    def judge(self, event: FrameEvent | Trigger, now_us: int) -> Verdict | None:
        if isinstance(event, Trigger):
            self._state = on_trigger(self._state, event)
            return None
        judged = on_frame(self._state, event, self._policy, Priority.SAFETY, now_us)
        waiting_us = self.queue.waiting_us(event.camera_id)
        self._state, verdict = admitted_within_share(self._share, waiting_us, self._state, judged, event)
        if isinstance(verdict, Admitted):
            self.queue.add(event)
        return verdict

    def judge_all(self, frames: Sequence[FrameEvent]) -> list[Verdict | None]:
        return [self.judge(it, it.published_at_us) for it in frames]


def flood(seconds: float, per_s: int = 200) -> list[FrameEvent]:
    return [frame(n / per_s) for n in range(round(seconds * per_s))]


@pytest.mark.parametrize(
    ("frame_ms", "frames"), [(25.0, 1), (3000.0, LEAST_FRAMES), (5.0, 5), (0.01, MOST_FRAMES), (None, MOST_FRAMES)]
)
def test_a_camera_may_have_so_many_frames_wait_as_the_model_answers_in_25_ms(frame_ms: float | None, frames: int):
    assert share_frames(frame_ms) == frames


@pytest.mark.parametrize("share", [LEAST_FRAMES, TWO, 4])
def test_a_flood_has_its_share_wait_and_no_more(share: int):
    verdicts = Worker(EVERY, share).judge_all(flood(0.1))

    assert verdicts[:share] == [ADMITTED] * share
    assert set(verdicts[share:]) == {REFUSED}


def test_an_answer_makes_room_for_one_more():
    worker, frames = Worker(EVERY, TWO), flood(0.1)
    worker.judge_all(frames[:TWO])
    worker.queue.remove(frames[0])

    assert worker.judge_all(frames[TWO : TWO + 2]) == [ADMITTED, REFUSED]


def test_while_the_model_keeps_up_every_frame_is_admitted():
    worker = Worker(EVERY, TWO)
    for it in flood(0.1):
        assert worker.judge(it, it.published_at_us) == ADMITTED
        worker.queue.remove(it)


def test_a_frame_over_its_share_leaves_the_layers_as_they_were_and_is_remembered():
    seen, before = frame(1), SamplerState()
    waiting_us = frozenset(seen.captured_at_us - n for n in range(1, TWO + 1))
    judged = on_frame(before, seen, EVERY, Priority.SAFETY, seen.published_at_us)
    after, verdict = admitted_within_share(TWO, waiting_us, before, judged, seen)

    assert verdict == REFUSED
    assert after.layers == before.layers
    assert on_frame(after, seen, EVERY, Priority.SAFETY, T0_US)[1] == Dropped(DropReason.DUPLICATE)


def test_a_frame_that_comes_again_after_a_restart_does_not_stand_in_its_own_way():
    worker = Worker(EVERY, TWO)
    waiting = worker.judge_all(flood(0.01))
    restarted = Worker(EVERY, TWO)
    restarted.queue = worker.queue

    assert restarted.judge_all(flood(0.01)) == waiting == [ADMITTED] * TWO


@given(period_us=st.integers(S // 60, S), count=st.integers(1, 60), share=st.integers(LEAST_FRAMES, MOST_FRAMES))
def test_a_backlog_at_the_guaranteed_rate_is_admitted_however_slow_the_model(period_us: int, count: int, share: int):
    verdicts = Worker(GUARANTEED, share).judge_all([frame(n * period_us / S) for n in range(count)])

    assert REFUSED not in verdicts


@settings(max_examples=50)
@given(per_s=st.integers(GUARANTEED_PER_S, 30), share=st.integers(LEAST_FRAMES, 10))
def test_a_camera_that_has_more_still_gets_about_the_guaranteed_rate(per_s: int, share: int):
    seconds = 5
    verdicts = Worker(EVERY, share).judge_all(flood(seconds, per_s))

    # A frame takes its place up to half an interval early, or as late as one period of the camera.
    interval_s = 1 / GUARANTEED_PER_S + 1 / per_s
    assert verdicts.count(ADMITTED) >= int(seconds / interval_s)


@pytest.mark.parametrize("share", [LEAST_FRAMES, TWO, 10])
def test_a_flood_of_a_model_that_answers_nothing_gets_no_more_than_the_guaranteed_rate(share: int):
    verdicts = Worker(EVERY, share).judge_all(flood(5, per_s=100))

    assert verdicts.count(ADMITTED) <= share + 5 * GUARANTEED_PER_S


@settings(max_examples=50)
@given(inputs=sampler_inputs(), policy=policies, answered=st.lists(st.booleans(), min_size=30, max_size=30))
def test_every_frame_is_admitted_or_dropped_for_one_reason(
    inputs: list[tuple[FrameEvent | Trigger, int]], policy: SamplingPolicy, answered: list[bool]
):
    worker, ends = Worker(policy, TWO, SamplerState()), Counter[str]()
    for (event, now_us), is_answered in zip(inputs, answered, strict=False):
        verdict = worker.judge(event, now_us)
        if verdict is not None:
            ends["admitted" if isinstance(verdict, Admitted) else verdict.reason.value] += 1
        if isinstance(event, FrameEvent) and is_answered:
            worker.queue.remove(event)

    assert ends.total() == sum(isinstance(event, FrameEvent) for event, _ in inputs)
    assert ends["admitted"] >= len(worker.queue.waiting_us("cam-1"))
