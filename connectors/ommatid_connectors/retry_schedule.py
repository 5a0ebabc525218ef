"""When to try again: exponential back-off with full jitter, bounded in time. Pure."""

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_LARGEST_EXPONENT = 60


@dataclass(frozen=True, slots=True)
class FullJitter:
    """Exponential back-off with full jitter.

    Method: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: the wait is
    uniform between zero and an exponentially growing, capped bound, so that many clients cut off
    at the same moment spread evenly over it.

    Attributes:
        base_s: Bound of the first wait, seconds.
        cap_s: Largest bound, seconds.
    """

    base_s: float
    cap_s: float

    def bound_s(self, failures: int) -> float:
        """Longest wait after ``failures`` failures in a row (1 or more), seconds."""
        return min(self.cap_s, self.base_s * 2.0 ** min(failures - 1, _LARGEST_EXPONENT))

    def delay_s(self, failures: int, draw: float) -> float:
        """Wait after ``failures`` failures in a row, seconds.

        Args:
            failures: Failures in a row, 1 or more.
            draw: Random number in [0, 1).
        """
        return draw * self.bound_s(failures)


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Full jitter until a message is given up.

    Attributes:
        first_bound_s: Longest first wait, seconds.
        max_bound_s: Longest drawn wait, seconds; a ``Retry-After`` may exceed it.
        give_up_after_s: Time since the message was first due after which no attempt starts.
        retry_after_max_s: Longest ``Retry-After`` that is honoured, seconds; a longer one counts as this.
    """

    first_bound_s: float = 1.0
    max_bound_s: float = 60.0
    give_up_after_s: float = 3600.0
    retry_after_max_s: float = 3600.0

    def bound_s(self, attempts: int) -> float:
        """Longest wait after this many failed attempts (1 or more), seconds."""
        return self._jitter.bound_s(attempts)

    def honoured_s(self, retry_after_s: float) -> float:
        """As much of the wait that an endpoint asks for as it is granted, seconds."""
        return min(retry_after_s, self.retry_after_max_s)

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
        wait_s = max(self._jitter.delay_s(attempts, draw), self.honoured_s(retry_after_s or 0.0))
        return wait_s if waited_s + wait_s <= self.give_up_after_s else None

    @property
    def _jitter(self) -> FullJitter:
        return FullJitter(self.first_bound_s, self.max_bound_s)


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
