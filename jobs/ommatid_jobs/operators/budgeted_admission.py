"""The last question to a frame, after the sampler's and that of its camera's share: has its group's budget room?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ommatid_jobs.operators import group_budget
from ommatid_jobs.operators.group_budget import BudgetState, Cost, GroupBudget
from ommatid_jobs.operators.sampler import Admitted, Dropped, DropReason, SamplerState, Verdict
from ommatid_schemas.events import FrameEvent
from ommatid_schemas.sampling import shadow_draw


@dataclass(frozen=True, slots=True)
class Judgement:
    """Next state of the frame's camera and of its group's budget, and what becomes of the frame."""

    camera: SamplerState
    spent: BudgetState
    verdict: Verdict


def admitted_within_budget(
    budget: GroupBudget,
    spent: BudgetState,
    before: SamplerState,
    judged: tuple[SamplerState, Verdict],
    frame: FrameEvent,
    *,
    now_us: int,
) -> Judgement:
    """Ask the budget about a frame that the sampler has judged.

    Only an admitted frame costs. One that is refused for money leaves the layers of its camera as they were, like a
    stale one: the next frame takes its place, so a layer is thinned and not stopped for an interval. It is remembered,
    so a repeat is a duplicate.

    Args:
        budget: Limits of the frame's group.
        spent: State of that budget.
        before: State of the camera before the frame.
        judged: What ``sampler.on_frame`` made of ``before`` and the frame.
        frame: The frame.
        now_us: Current time, microseconds since the epoch.
    """
    after, verdict = judged
    if not isinstance(verdict, Admitted):
        return Judgement(after, spent, verdict)
    cost, draw = Cost(frames=1, money=budget.frame_price), _draw(frame)
    spent, allowed = group_budget.spend(budget, spent, verdict.reason, cost, now_us, draw=draw)
    if allowed:
        return Judgement(after, spent, verdict)
    return Judgement(replace(after, layers=before.layers), spent, Dropped(DropReason.OVER_BUDGET))


class SubtaskBudgets:
    """What the groups have spent on one subtask; lives as long as its process does.

    Groups without a budget pass. Not safe for threads.
    """

    def __init__(self, budgets: Mapping[str, GroupBudget], now_us: int) -> None:
        self._budgets = dict(budgets)
        self._spent = {group: group_budget.empty(budget, now_us) for group, budget in budgets.items()}

    def admit(
        self, before: SamplerState, judged: tuple[SamplerState, Verdict], frame: FrameEvent, now_us: int
    ) -> tuple[SamplerState, Verdict]:
        """Ask the budget of the frame's group; arguments as of ``admitted_within_budget``."""
        budget = self._budgets.get(frame.group)
        if budget is None:
            return judged
        judgement = admitted_within_budget(budget, self._spent[frame.group], before, judged, frame, now_us=now_us)
        self._spent[frame.group] = judgement.spent
        return judgement.camera, judgement.verdict

    def fill(self, group: str, now_us: int) -> float:
        """How full the scarcer allowance of a group is, 0..1."""
        budget = self._budgets.get(group)
        return 1.0 if budget is None else group_budget.fill(budget, self._spent[group], now_us)


def _draw(frame: FrameEvent) -> float:
    """Not the draw of the frame's id itself: shadow frames are those for which it is low."""
    return shadow_draw(f"{frame.frame_id}/budget")
