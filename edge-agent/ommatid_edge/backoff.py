"""How long to wait before the next try."""

from dataclasses import dataclass

from ommatid_connectors.retry_schedule import FullJitter


@dataclass(frozen=True, slots=True)
class SlowRetry:
    """Nearly constant wait, for faults that only a person can mend.

    Attributes:
        period_s: Mean wait, seconds; the wait is uniform within a quarter of it, either way.
    """

    period_s: float

    def delay_s(self, draw: float) -> float:
        """Wait before the next try, seconds; ``draw`` is a random number in [0, 1)."""
        return self.period_s * (0.75 + 0.5 * draw)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to connect to a camera again.

    Attributes:
        fast: After faults that may pass by themselves.
        slow: After a refused password.
        steady_s: A stream that lasted this long ends the row of failures, seconds; one that breaks
            at once does not, or a camera that accepts and drops would be dialled without pause.
    """

    fast: FullJitter
    slow: SlowRetry
    steady_s: float

    def failures(self, before: int, streamed_s: float) -> int:
        """Failures in a row, now that a stream that lasted ``streamed_s`` seconds (0 if it never came) has failed."""
        return 1 if streamed_s >= self.steady_s else before + 1

    def delay_s(self, failures: int, draw: float, *, unauthorised: bool) -> float:
        """Wait before the next try, seconds; ``draw`` is a random number in [0, 1)."""
        return self.slow.delay_s(draw) if unauthorised else self.fast.delay_s(failures, draw)
