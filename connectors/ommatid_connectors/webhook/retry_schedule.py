"""When to try again: exponential back-off with full jitter, bounded in time. Pure."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Back-off with full jitter: each wait is drawn evenly between 0 and a bound that doubles.

    Method: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    Attributes:
        first_bound_s: Longest first wait, seconds.
        max_bound_s: Longest wait ever, seconds; a ``Retry-After`` may exceed it.
        give_up_after_s: Time since the message was first due after which no attempt starts.
    """

    first_bound_s: float = 1.0
    max_bound_s: float = 60.0
    give_up_after_s: float = 3600.0

    def bound_s(self, attempts: int) -> float:
        """Longest wait after this many failed attempts (1 or more), seconds."""
        doublings = min(attempts - 1, 60)
        return min(self.max_bound_s, self.first_bound_s * 2.0**doublings)

    def wait_s(self, attempts: int, waited_s: float, draw: float, retry_after_s: float | None = None) -> float | None:
        """Wait before the next attempt.

        Args:
            attempts: Failed attempts so far, 1 or more.
            waited_s: Time since the message was first due, seconds.
            draw: Random number, 0..1.
            retry_after_s: Shortest wait that the endpoint asked for, seconds.

        Returns:
            Seconds, or None when that would be later than ``give_up_after_s``.
        """
        wait_s = max(draw * self.bound_s(attempts), retry_after_s or 0.0)
        return wait_s if waited_s + wait_s <= self.give_up_after_s else None


def parse_retry_after(value: str | None, now_s: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3), or None without a usable one.

    Args:
        value: The header: whole seconds or an HTTP date.
        now_s: Seconds since the Unix epoch.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_s)
    except ValueError:
        return None
