"""What became of one question about some frames."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answered:
    """The model answered.

    Attributes:
        answers: JSON text for each frame, in order; each follows the answer's schema.
    """

    answers: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BudgetExhausted:
    """The money of the hour is spent; nothing was sent. Later frames are answered again."""

    reason: str


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Our own rate limit would have kept the question waiting for too long; it was not sent (again)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The API will not answer this question however often it is asked: wrong key, unknown model, content policy."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No usable connection or only errors of the server, until the retries were used up."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """The model answered, but never in the form that was asked for, until the retries were used up."""

    reason: str


Outcome = Answered | BudgetExhausted | RateLimited | Refused | Unavailable | Unusable
"""Reasons hold neither key, path of the URL, frames nor text of the answer."""
