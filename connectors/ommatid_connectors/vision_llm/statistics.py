"""What a client did so far, as a frozen snapshot for metrics. Pure."""

from dataclasses import dataclass, replace

from ommatid_connectors.vision_llm.completion import Tokens
from ommatid_connectors.vision_llm.outcomes import (
    Answered,
    BudgetExhausted,
    Outcome,
    RateLimited,
    Refused,
    Unavailable,
    Unusable,
)

RECENT_ATTEMPTS = 100
"""Attempts over which the error rate is taken."""

_COUNTER: dict[type[Outcome], str] = {
    Answered: "answered",
    BudgetExhausted: "budget_exhausted",
    RateLimited: "rate_limited",
    Refused: "refused",
    Unavailable: "unavailable",
    Unusable: "unusable",
}


@dataclass(frozen=True, slots=True)
class VisionLlmStatistics:
    """Counts since the start of the process.

    Attributes:
        requests: Requests that were sent, retries included.
        failed_requests: Of these, those without an answer of the expected form.
        answered: Questions that were answered.
        budget_exhausted: Questions that were not asked because the money of the hour was spent.
        rate_limited: Questions given up because our own rate limit would have kept them waiting too long.
        refused: Questions that the API will not answer.
        unavailable: Questions without an answer after all retries.
        unusable: Questions whose answers had the wrong form, after all retries.
        frames_answered: Frames of the answered questions.
        input_tokens: As the API counted them.
        output_tokens: As the API counted them.
        spent_micros: Millionths of the currency's unit; requests whose cost the API did not tell are estimated.
        recent: Whether each of the last attempts failed, oldest first.
    """

    requests: int = 0
    failed_requests: int = 0
    answered: int = 0
    budget_exhausted: int = 0
    rate_limited: int = 0
    refused: int = 0
    unavailable: int = 0
    unusable: int = 0
    frames_answered: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    spent_micros: int = 0
    recent: tuple[bool, ...] = ()

    @property
    def error_rate(self) -> float:
        """Share of the last attempts that failed, 0..1; 0 before the first."""
        return sum(self.recent) / len(self.recent) if self.recent else 0.0


def after_request(
    before: VisionLlmStatistics, tokens: Tokens | None, cost_micros: int, *, failed: bool
) -> VisionLlmStatistics:
    """Count one request that was sent."""
    return replace(
        before,
        requests=before.requests + 1,
        failed_requests=before.failed_requests + failed,
        input_tokens=before.input_tokens + (tokens.input if tokens else 0),
        output_tokens=before.output_tokens + (tokens.output if tokens else 0),
        spent_micros=before.spent_micros + cost_micros,
        recent=(*before.recent, failed)[-RECENT_ATTEMPTS:],
    )


def after_question(before: VisionLlmStatistics, outcome: Outcome) -> VisionLlmStatistics:
    """Count what became of one question."""
    name = _COUNTER[type(outcome)]
    frames = len(outcome.answers) if isinstance(outcome, Answered) else 0
    counted = {name: getattr(before, name) + 1, "frames_answered": before.frames_answered + frames}
    return replace(before, **counted)
