"""What all cameras of a group together may cost: frames per second, and money per hour for a paid model.

Each limit is a generic cell rate algorithm (ITU-T I.371, virtual scheduling), as the layers of sampling are: the
state is the time at which the allowance will be full again, so nothing has to be refilled, and in any window no more is
spent than rate x time + burst.

**No cliff.** The fill of the allowance decides what passes. Each reason leaves a part of it to the more valuable ones:
SHADOW frames pass above 80 to 100 % fill, BASELINE above 60 to 80, MOTION above 40 to 60, SCENE_CHANGE above 20 to 40,
EVENT above 0 to 20. Where in its part a frame meets its limit is drawn from the frame's identity (random early drop,
Floyd and Jacobson 1993). So under a load that stays too high the least valuable layers vanish one after the other, one
layer is thinned instead of cut, and no camera loses all its frames because of when they happen to arrive.

**Shares.** A budget belongs to a group, while the sampler is keyed by camera and runs in several subtasks that share no
memory. Each subtask gets an equal share: 1 / min(subtasks, cameras of the group), which in all is never more than the
whole, as each camera is on one subtask. Cameras are spread by hash, so a subtask may hold more of them than its share
is for and begin to thin its layers early: a budget is never exceeded, and not always used up. Cameras that were added
after the job was submitted count from its next submission on; until then a group that had fewer cameras than there are
subtasks may exceed its budget. The fill lives in the subtask's memory, not in keyed state, where one group would have
as many fills as it has cameras.

**Restart.** An allowance starts empty. So a job that restarts again and again still spends no more than rate x time +
burst. Events are the first to pass, after the time in which one frame comes back; SHADOW frames are back after that of
a burst.

All times are microseconds of the clock that ``now_us`` follows. When it goes back, allowances are empty.
"""

import math
import struct
from dataclasses import dataclass

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.events import Reason
from ommatid_schemas.fleet_file import Budget

FRAMES_BURST_US = 5_000_000
"""How long frames that were not used are saved for later, unless the share is so small that five frames need longer."""

_LEAST_BURST_FRAMES = 5
"""Below one frame for each reason there is no fill that could tell them apart."""

_MONEY_BURST_SHARE, _MONEY_BURST_LIMIT = 0.1, 0.5
"""How much of an hour's money may be spent at once; the rest comes back evenly over the hour."""

_RESERVED_PPM = {
    Reason.EVENT: 0,
    Reason.SCENE_CHANGE: 200_000,
    Reason.MOTION: 400_000,
    Reason.BASELINE: 600_000,
    Reason.SHADOW: 800_000,
}
"""Millionths of the allowance that are left to more valuable frames, at least; up to ``_BAND_PPM`` more.

Whole numbers, so that rounding never turns the order of two reasons round.
"""

_BAND_PPM = 200_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit. ``per_s`` is what comes back per second; ``burst_us`` the time after which an empty one is full."""

    per_s: float
    burst_us: int


@dataclass(frozen=True, slots=True)
class GroupBudget:
    """Limits of one group on one subtask; None does not limit.

    Attributes:
        frames: Allowance of frames.
        money: Allowance of money.
        frame_price: Money that one frame of this group costs, as far as is known before the call.
    """

    frames: Allowance | None = None
    money: Allowance | None = None
    frame_price: float = 0.0


@dataclass(frozen=True, slots=True)
class BudgetState:
    """When each allowance is full again, microseconds; full from the start of time by default, see ``empty``."""

    frames_full_at_us: int = 0
    money_full_at_us: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What is asked for: model inputs, and the money they cost."""

    frames: int = 1
    money: float = 0.0


def share_of(budget: Budget, subtasks: int, cameras: int) -> GroupBudget:
    """One subtask's share of a group's budget.

    In any 60 minutes the group spends no more than ``budget.money``: what may be spent at once is taken off what comes
    back.

    Args:
        budget: The group's budget as the fleet file has it.
        subtasks: Parallelism of the sampler, 1 or more.
        cameras: Cameras of the group in this region.

    Raises:
        ConfigurationError: A share does not pay for two frames per hour: a camera on it might never be looked at.
    """
    shares = max(1, min(subtasks, cameras))
    if budget.money is not None and budget.money < 2 * budget.price * shares:
        raise ConfigurationError(
            f"budget.money: expected at least {2 * budget.price * shares:g} per hour, two frames for each of {shares} "
            f"subtasks, found {budget.money:g}; raise it or lower the parallelism"
        )
    frames = None if budget.frames is None else _frames_allowance(budget.frames / shares)
    money = None if budget.money is None else _money_allowance(budget.money / shares, budget.price)
    return GroupBudget(frames, money, budget.price)


def empty(budget: GroupBudget, now_us: int) -> BudgetState:
    """State to start with: nothing is saved yet."""
    return BudgetState(now_us + _burst_us(budget.frames), now_us + _burst_us(budget.money))


def spend(
    budget: GroupBudget, state: BudgetState, reason: Reason, cost: Cost, now_us: int, *, draw: float = 0.0
) -> tuple[BudgetState, bool]:
    """Decide whether a frame may cost what it costs; a refusal costs nothing.

    With the same state, cost and time, a frame is never refused where a less valuable one would be allowed, whatever
    the draws are.

    Args:
        budget: Limits of the frame's group.
        state: What was spent before.
        reason: Why the frame was chosen.
        cost: What it costs.
        now_us: Current time.
        draw: Number in [0, 1) from the frame's identity; the higher, the earlier it is refused.
    """
    reserved_ppm = _RESERVED_PPM[reason] + int(_BAND_PPM * draw)
    frames_us = _debt_us(budget.frames, state.frames_full_at_us, now_us)
    money_us = _debt_us(budget.money, state.money_full_at_us, now_us)
    frames_after_us = _debt_after_us(budget.frames, frames_us, cost.frames, reserved_ppm)
    money_after_us = _debt_after_us(budget.money, money_us, cost.money, reserved_ppm)
    if frames_after_us is None or money_after_us is None:
        return BudgetState(now_us + frames_us, now_us + money_us), False
    return BudgetState(now_us + frames_after_us, now_us + money_after_us), True


def fill(budget: GroupBudget, state: BudgetState, now_us: int) -> float:
    """How full the scarcer allowance is, 0..1; 1 without limits. For a gauge."""
    pairs = ((budget.frames, state.frames_full_at_us), (budget.money, state.money_full_at_us))
    return min((1 - _debt_us(it, at_us, now_us) / it.burst_us for it, at_us in pairs if it is not None), default=1.0)


def _debt_us(allowance: Allowance | None, full_at_us: int, now_us: int) -> int:
    """Time until the allowance is full; more than a burst would mean that the clock went back."""
    return 0 if allowance is None else min(max(0, full_at_us - now_us), allowance.burst_us)


def _debt_after_us(allowance: Allowance | None, debt_us: int, amount: float, reserved_ppm: int) -> int | None:
    """Debt after spending ``amount``; None when it may not be spent."""
    if allowance is None:
        return debt_us
    cost_us = _time_us(allowance.per_s, amount)
    # A full allowance gives whatever it can hold: the reserve is of what is left beside the frame.
    kept_us = reserved_ppm * max(0, allowance.burst_us - cost_us) // 1_000_000
    return debt_us + cost_us if debt_us + cost_us + kept_us <= allowance.burst_us else None


def _time_us(per_s: float, amount: float) -> int:
    """Time in which ``amount`` comes back, rounded up so that rounding never exceeds a rate."""
    return math.ceil(amount / per_s * 1e6)


def _burst_us(allowance: Allowance | None) -> int:
    return 0 if allowance is None else allowance.burst_us


def _frames_allowance(per_s: float) -> Allowance:
    return Allowance(per_s, max(FRAMES_BURST_US, _time_us(per_s, _LEAST_BURST_FRAMES)))


def _money_allowance(per_hour: float, price: float) -> Allowance:
    wanted = max(_MONEY_BURST_SHARE * per_hour, _LEAST_BURST_FRAMES * price)
    burst = min(wanted, _MONEY_BURST_LIMIT * per_hour)
    per_s = (per_hour - burst) / 3600
    return Allowance(per_s, _time_us(per_s, burst))


_VERSION = 1
_BODY = struct.Struct("<2q")


def pack_state(state: BudgetState) -> bytes:
    """Versioned bytes of a state (version 1, little endian), for a shell that keeps it."""
    return bytes([_VERSION]) + _BODY.pack(state.frames_full_at_us, state.money_full_at_us)


def unpack_state(packed: bytes) -> BudgetState:
    """State of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    try:
        return BudgetState(*_BODY.unpack(body_of(packed, _VERSION, "budget")))
    except struct.error as exc:
        raise malformed("budget", exc) from exc
