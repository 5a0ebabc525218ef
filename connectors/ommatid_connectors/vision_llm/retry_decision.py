"""Whether and when to ask again. Pure."""

from dataclasses import dataclass, field, replace

from ommatid_connectors.retry_schedule import RetrySchedule

_RETRIABLE_STATUS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of asking again.

    Attributes:
        schedule: Waits, and the time after which no attempt starts.
        max_attempts: Attempts in all.
        max_malformed: Attempts whose answer may have the wrong form; each of them costs money.
    """

    schedule: RetrySchedule = field(default_factory=RetrySchedule)
    max_attempts: int = 6
    max_malformed: int = 2


@dataclass(frozen=True, slots=True)
class Failures:
    """What went wrong so far with one question."""

    attempts: int = 0
    malformed: int = 0

    def after_error(self) -> "Failures":
        """One more attempt without an answer."""
        return replace(self, attempts=self.attempts + 1)

    def after_malformed(self) -> "Failures":
        """One more attempt whose answer had the wrong form."""
        return Failures(self.attempts + 1, self.malformed + 1)


def is_retriable(status: int) -> bool:
    """Whether asking again can help after this HTTP status; other 4xx and redirects say that it cannot."""
    return status >= 500 or status in _RETRIABLE_STATUS


def next_wait_s(
    policy: RetryPolicy, failures: Failures, waited_s: float, draw: float, retry_after_s: float | None = None
) -> float | None:
    """Wait before the next attempt.

    Args:
        policy: The bounds.
        failures: What went wrong so far; at least one attempt.
        waited_s: Time since the question was first due, seconds.
        draw: Random number, 0..1.
        retry_after_s: Shortest wait that the API asked for, seconds.

    Returns:
        Seconds, or None when there must not be another attempt.
    """
    if failures.attempts >= policy.max_attempts or failures.malformed >= policy.max_malformed:
        return None
    return policy.schedule.wait_s(failures.attempts, waited_s, draw, retry_after_s)
