"""What to do after one attempt. Pure."""

from dataclasses import dataclass, replace

from ommatid_connectors.delivery_outcome import Accepted, Outcome, Refused, Retriable
from ommatid_connectors.retry_schedule import RetrySchedule


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """How far one message has come at one endpoint.

    Attributes:
        first_due_at_us: When the message was first due here, microseconds since the epoch.
        attempts: Finished attempts.
    """

    first_due_at_us: int
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The endpoint has the message."""

    state: DeliveryState


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Wait, then send again."""

    state: DeliveryState
    wait_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Send no more; the message becomes a dead letter."""

    state: DeliveryState
    reason: str


Decision = Acknowledged | TryAgain | GiveUp


def honoured(outcome: Outcome, schedule: RetrySchedule) -> Outcome:
    """An outcome that asks for no longer a wait than the schedule grants; it holds for the message and its endpoint."""
    if not isinstance(outcome, Retriable) or outcome.retry_after_s is None:
        return outcome
    return replace(outcome, retry_after_s=schedule.honoured_s(outcome.retry_after_s))


def decide(state: DeliveryState, outcome: Outcome, now_us: int, schedule: RetrySchedule, draw: float) -> Decision:
    """What follows from the outcome of an attempt.

    Args:
        state: Before the attempt.
        outcome: Of the attempt.
        now_us: Time after the attempt, microseconds since the epoch.
        schedule: Back-off and its end.
        draw: Random number, 0..1.
    """
    state = replace(state, attempts=state.attempts + 1)
    if isinstance(outcome, Accepted):
        return Acknowledged(state)
    if isinstance(outcome, Refused):
        return GiveUp(state, outcome.reason)
    waited_s = max(0, now_us - state.first_due_at_us) / 1e6
    wait_s = schedule.wait_s(state.attempts, waited_s, draw, outcome.retry_after_s)
    if wait_s is None:
        return GiveUp(state, f"{outcome.reason}; given up after {state.attempts} attempts in {waited_s:.0f} s")
    return TryAgain(state, wait_s, outcome.reason)
