"""Circuit breaker of one endpoint: after failures in a row nothing is sent for a while, then one attempt decides. Pure.

Pattern: M. Nygard, "Release It!", 2nd edition, 2018, "Circuit Breaker".
"""

from dataclasses import dataclass, field, replace

from ommatid_connectors.delivery_outcome import Outcome, Retriable
from ommatid_connectors.retry_schedule import FullJitter


@dataclass(frozen=True, slots=True)
class CircuitPolicy:
    """When a circuit opens, and for how long.

    Attributes:
        failures: Attempts in a row without an answer, or with one that asks for a retry, that open it.
        open: Time for which it stays open, by how often it opened since the last success.
    """

    failures: int = 5
    open: FullJitter = field(default_factory=lambda: FullJitter(base_s=2.0, cap_s=60.0))


@dataclass(frozen=True, slots=True)
class Circuit:
    """State of a circuit.

    Attributes:
        failures: In a row.
        closed_to_s: Monotonic time before which nothing is sent, seconds.
    """

    failures: int = 0
    closed_to_s: float = 0.0

    def admits(self, now_s: float, in_flight: int, policy: CircuitPolicy) -> bool:
        """Whether an attempt may start; after an outage one at a time."""
        return now_s >= self.closed_to_s and (in_flight == 0 or not self.tripped(policy))

    def tripped(self, policy: CircuitPolicy) -> bool:
        """Whether it has opened and no attempt has succeeded since."""
        return self.failures >= policy.failures

    def after(self, outcome: Outcome, now_s: float, draw: float, policy: CircuitPolicy) -> "Circuit":
        """State after an attempt; an endpoint that refuses one message is alive.

        Args:
            outcome: Of the attempt; the wait that it asks for is one that is honoured.
            now_s: Monotonic time, seconds.
            draw: Random number, 0..1.
            policy: When it opens.
        """
        if not isinstance(outcome, Retriable):
            return Circuit()
        failed = replace(self, failures=self.failures + 1)
        openings = failed.failures - policy.failures + 1
        drawn_s = policy.open.delay_s(openings, draw) if openings > 0 else 0.0
        return replace(failed, closed_to_s=max(self.closed_to_s, now_s + max(outcome.retry_after_s or 0.0, drawn_s)))
