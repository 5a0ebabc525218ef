"""Money that may be spent in any 60 minutes. Pure.

What a request costs is known only afterwards, and several are under way at once: so each reserves an
estimate first. As long as no estimate is too low, no 60 minutes cost more than the budget.

Amounts are integers, millionths of the currency's unit (micros): a token at 0.15 per million is 0.15 micros.
"""

from dataclasses import dataclass, replace

WINDOW_S = 3600.0
_SLICE_S = 60.0


@dataclass(frozen=True, slots=True)
class Budget:
    """So much in any 60 minutes."""

    per_hour_micros: int


@dataclass(frozen=True, slots=True)
class Slice:
    """What was spent in one minute, counted from the zero of the clock."""

    minute: int
    micros: int


@dataclass(frozen=True, slots=True)
class BudgetState:
    """What was spent lately, oldest first, and what is reserved for requests under way."""

    slices: tuple[Slice, ...] = ()
    reserved_micros: int = 0


def spent_micros(state: BudgetState, now_s: float) -> int:
    """What was spent in the last hour; up to a minute more is counted, never less."""
    return sum(each.micros for each in _recent(state, now_s))


def reserve(budget: Budget, state: BudgetState, estimate_micros: int, now_s: float) -> tuple[BudgetState, bool]:
    """Reserve what a request will probably cost, if there is room for it; every reservation must be settled.

    Returns:
        The state, and whether the request is allowed.
    """
    state = replace(state, slices=_recent(state, now_s))
    expected = spent_micros(state, now_s) + state.reserved_micros + estimate_micros
    if expected > budget.per_hour_micros:
        return state, False
    return replace(state, reserved_micros=state.reserved_micros + estimate_micros), True


def settle(state: BudgetState, estimate_micros: int, actual_micros: int, now_s: float) -> BudgetState:
    """Give a reservation back and book what the request really cost, at the time at which it ended."""
    slices = _booked(_recent(state, now_s), int(now_s // _SLICE_S), actual_micros)
    return BudgetState(slices, state.reserved_micros - estimate_micros)


def _recent(state: BudgetState, now_s: float) -> tuple[Slice, ...]:
    return tuple(each for each in state.slices if (each.minute + 1) * _SLICE_S > now_s - WINDOW_S)


def _booked(slices: tuple[Slice, ...], minute: int, micros: int) -> tuple[Slice, ...]:
    if not micros:
        return slices
    if slices and slices[-1].minute >= minute:
        return (*slices[:-1], replace(slices[-1], micros=slices[-1].micros + micros))
    return (*slices, Slice(minute, micros))
