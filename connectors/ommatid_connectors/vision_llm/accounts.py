"""What the threads of one client share: rate, budget and statistics, behind one lock."""

import threading
from dataclasses import dataclass

from ommatid_connectors.vision_llm import budget, cost_estimate, rate_limit, statistics
from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.judgement import Judgement
from ommatid_connectors.vision_llm.outcomes import Answered, BudgetExhausted, Outcome
from ommatid_connectors.vision_llm.prices import cost_micros
from ommatid_connectors.vision_llm.question import nominal_tokens
from ommatid_schemas.fleet_file import VisionLlm


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one request about so many frames, in micros."""

    frames: int
    micros: int


class Accounts:
    """Rate, budget and statistics of one client; any thread may call.

    Args:
        settings: Rate, budget and prices of the whole deployment.
        share: Part of rate and budget that this client may use, above 0, at most 1.
    """

    def __init__(self, settings: VisionLlm, share: float = 1.0) -> None:
        self._settings = settings
        self._limit = rate_limit.RateLimit(settings.rate * share, settings.in_flight)
        per_hour = settings.budget
        self._budget = None if per_hour is None else budget.Budget(round(per_hour * share * 1e6))
        self._lock = threading.Lock()
        self._rate = rate_limit.RateState()
        self._spend = budget.BudgetState()
        self._statistics = statistics.VisionLlmStatistics()
        self._memory = cost_estimate.CostMemory()

    def reserve(self, frames: int, now_s: float) -> Reservation | BudgetExhausted:
        """Set money aside for one request; each reservation must be settled or cancelled."""
        with self._lock:
            micros = self._estimate_micros(frames, now_s)
            if self._budget is None:
                return Reservation(frames, 0)
            self._spend, allowed = budget.reserve(self._budget, self._spend, micros, now_s)
            return Reservation(frames, micros) if allowed else self._exhausted(self._budget, micros, now_s)

    def cancel(self, reservation: Reservation, now_s: float) -> None:
        """Give back what was set aside for a request that was not sent."""
        with self._lock:
            self._spend = budget.settle(self._spend, reservation.micros, 0, now_s)

    def settle(self, reservation: Reservation, judgement: Judgement, now_s: float) -> None:
        """Book and count a request that was sent."""
        with self._lock:
            cost = self._cost_micros(reservation.frames, judgement, now_s)
            self._spend = budget.settle(self._spend, reservation.micros, cost, now_s)
            failed = not isinstance(judgement.result, Answered)
            self._statistics = statistics.after_request(self._statistics, judgement.tokens, cost, failed=failed)

    def take_turn(self, now_s: float, longest_wait_s: float) -> float | None:
        """Seconds to wait for the next turn by the rate limit; None when it is too far away."""
        with self._lock:
            self._rate, wait_s = rate_limit.take_turn(self._limit, self._rate, now_s, longest_wait_s)
            return wait_s

    def count(self, outcome: Outcome) -> None:
        """Count what became of a question."""
        with self._lock:
            self._statistics = statistics.after_question(self._statistics, outcome)

    def snapshot(self) -> statistics.VisionLlmStatistics:
        """Counts so far."""
        return self._statistics

    def _estimate_micros(self, frames: int, now_s: float) -> int:
        """Probable cost: that of the dearest frame lately, else from the size of the question."""
        frame_micros = cost_estimate.dearest_frame_micros(self._memory, now_s)
        if frame_micros is not None:
            return frame_micros * frames
        return cost_micros(self._settings.prices, Tokens(*nominal_tokens(self._settings, frames)))

    def _cost_micros(self, frames: int, judgement: Judgement, now_s: float) -> int:
        """What the API counted. Without that, an answer that was lost may be billed all the same: the estimate."""
        if judgement.tokens is None:
            return self._estimate_micros(frames, now_s) if judgement.billed else 0
        cost = cost_micros(self._settings.prices, judgement.tokens)
        self._memory = cost_estimate.learn(self._memory, -(-cost // frames), now_s)
        return cost

    def _exhausted(self, limit: budget.Budget, micros: int, now_s: float) -> BudgetExhausted:
        spent = budget.spent_micros(self._spend, now_s) + self._spend.reserved_micros
        return BudgetExhausted(
            f"budget: expected room for about {micros / 1e6:.4f}, "
            f"found {spent / 1e6:.4f} of {limit.per_hour_micros / 1e6:.4f} spent within 60 minutes"
        )
