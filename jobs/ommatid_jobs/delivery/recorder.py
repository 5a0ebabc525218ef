"""Who wants to know of alerts and of what became of them: a small interface, and its two simplest forms."""

from dataclasses import dataclass, field
from typing import Protocol

from ommatid_jobs.delivery.ledger import LedgerEntry, LedgerState
from ommatid_jobs.delivery.payload import Snapshot
from ommatid_schemas import Alert


@dataclass(frozen=True, slots=True)
class DeliveryEnded:
    """One message needs no more work at one delivery.

    Attributes:
        alert: The message.
        message_id: Its identity, the ``webhook-id``.
        delivery: Name in the fleet file.
        state: Acknowledged, or given up and a dead letter.
        attempts: Finished attempts.
        at_us: When, microseconds since the epoch.
        reason: Why it was given up; None where it was acknowledged.
    """

    alert: Alert
    message_id: str
    delivery: str
    state: LedgerState
    attempts: int
    at_us: int
    reason: str | None = None


def ended(alert: Alert, entry: LedgerEntry, now_us: int) -> DeliveryEnded:
    """What a finished entry of the ledger says.

    Args:
        alert: The message.
        entry: Its entry at one delivery.
        now_us: When it was given up, where it was; microseconds since the epoch.
    """
    at_us = entry.acknowledged_at_us or now_us
    return DeliveryEnded(alert, entry.message_id, entry.delivery, entry.state, entry.attempts, at_us, entry.reason)


class DeliveryRecorder(Protocol):
    """Learns of each alert. Called from several threads; must return soon, and raise nothing but faults of the program.

    After a restart alerts are told again: implementations keep by alert and message, not by call.
    """

    def taken(self, alert: Alert) -> None:
        """An alert was read and will be delivered; also one that no delivery takes."""
        ...

    def pictured(self, alert: Alert, snapshot: Snapshot) -> None:
        """The picture of an alert is stored, or known not to come."""
        ...

    def ended(self, delivery: DeliveryEnded) -> None:
        """A delivery of an alert has ended."""
        ...


class NoRecorder:
    """Nobody wants to know."""

    def taken(self, alert: Alert) -> None:
        """Forget it."""

    def pictured(self, alert: Alert, snapshot: Snapshot) -> None:
        """Forget it."""

    def ended(self, delivery: DeliveryEnded) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class InMemoryRecorder:
    """Lists, for tests.

    Attributes:
        alerts: That were taken.
        pictures: With the alert each belongs to.
        deliveries: That have ended.
    """

    alerts: list[Alert] = field(default_factory=list[Alert])
    pictures: list[tuple[Alert, Snapshot]] = field(default_factory=list[tuple[Alert, Snapshot]])
    deliveries: list[DeliveryEnded] = field(default_factory=list[DeliveryEnded])

    def taken(self, alert: Alert) -> None:
        """Keep it."""
        self.alerts.append(alert)

    def pictured(self, alert: Alert, snapshot: Snapshot) -> None:
        """Keep it."""
        self.pictures.append((alert, snapshot))

    def ended(self, delivery: DeliveryEnded) -> None:
        """Keep it."""
        self.deliveries.append(delivery)
