from hypothesis import given, settings

from ommatid_jobs.operators import group_budget
from ommatid_jobs.operators.budgeted_admission import SubtaskBudgets, admitted_within_budget
from ommatid_jobs.operators.group_budget import BudgetState, share_of
from ommatid_jobs.operators.sampler import Admitted, Dropped, DropReason, SamplerState, Verdict, on_frame, on_trigger
from ommatid_schemas.events import FrameEvent, Reason, Trigger
from ommatid_schemas.fleet_file import Budget
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy
from tests.strategies import policies, sampler_inputs
from tests.unit.jobs.operators.examples import T0_US, S, frame

POLICY = SamplingPolicy(30 * S, S // 2, 30 * S, 0, 0.45, 0.0)
SCARCE = share_of(Budget(frames=0.1), subtasks=1, cameras=1)  # one frame in ten seconds
FULL = BudgetState()


def judge(state: SamplerState, seen: FrameEvent, now_us: int, policy: SamplingPolicy = POLICY):
    return on_frame(state, seen, policy, Priority.SAFETY, now_us)


def used_up(now_us: int) -> BudgetState:
    return group_budget.empty(SCARCE, now_us)


def test_a_frame_within_the_budget_passes_as_the_sampler_said():
    seen = frame(0)
    judged = judge(SamplerState(), seen, seen.published_at_us)
    judgement = admitted_within_budget(SCARCE, FULL, SamplerState(), judged, seen, now_us=seen.published_at_us)

    assert (judgement.camera, judgement.verdict) == judged
    assert judgement.spent != FULL


def test_a_frame_over_the_budget_leaves_its_place_to_the_next_one():
    first, second = frame(0, Reason.BASELINE), frame(1, Reason.BASELINE)
    spent, now_us = used_up(T0_US), first.published_at_us
    refused = admitted_within_budget(
        SCARCE, spent, SamplerState(), judge(SamplerState(), first, now_us), first, now_us=now_us
    )
    _, verdict = judge(refused.camera, second, second.published_at_us)

    assert refused.verdict == Dropped(DropReason.OVER_BUDGET)
    assert verdict == Admitted(Reason.BASELINE)


def test_a_repeat_of_a_frame_over_the_budget_is_a_duplicate():
    seen = frame(0)
    judged = judge(SamplerState(), seen, T0_US)
    refused = admitted_within_budget(SCARCE, used_up(T0_US), SamplerState(), judged, seen, now_us=T0_US)
    _, verdict = judge(refused.camera, seen, T0_US)

    assert verdict == Dropped(DropReason.DUPLICATE)


def test_what_the_sampler_drops_costs_nothing():
    seen = frame(0)
    state, _ = judge(SamplerState(), seen, T0_US)
    judgement = admitted_within_budget(SCARCE, FULL, state, judge(state, seen, T0_US), seen, now_us=T0_US)

    assert (judgement.verdict, judgement.spent) == (Dropped(DropReason.DUPLICATE), FULL)


def test_each_group_has_its_own_budget_and_none_is_no_limit():
    budgets = SubtaskBudgets({"entrances": SCARCE}, T0_US)
    seen = frame(0)
    judged = judge(SamplerState(), seen, T0_US)

    assert budgets.admit(SamplerState(), judged, seen, T0_US)[1] == Dropped(DropReason.OVER_BUDGET)
    assert SubtaskBudgets({}, T0_US).admit(SamplerState(), judged, seen, T0_US) == judged
    assert (budgets.fill("entrances", T0_US), budgets.fill("car-parks", T0_US)) == (0.0, 1.0)


@settings(max_examples=30)
@given(inputs=sampler_inputs(), policy=policies)
def test_every_frame_is_admitted_or_dropped_for_one_reason_and_a_replay_agrees(
    inputs: list[tuple[FrameEvent | Trigger, int]], policy: SamplingPolicy
):
    def run() -> list[Verdict]:
        budgets, state = SubtaskBudgets({"entrances": SCARCE}, T0_US), SamplerState()
        verdicts: list[Verdict] = []
        for event, now_us in inputs:
            if isinstance(event, Trigger):
                state = on_trigger(state, event)
            else:
                state, verdict = budgets.admit(state, judge(state, event, now_us, policy), event, now_us)
                verdicts.append(verdict)
        return verdicts

    verdicts = run()

    assert run() == verdicts
    assert len(verdicts) == sum(isinstance(event, FrameEvent) for event, _ in inputs)
