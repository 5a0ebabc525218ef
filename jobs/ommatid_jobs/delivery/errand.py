"""One alert on its way to endpoints."""

from dataclasses import dataclass

from ommatid_connectors.kafka import Record, TopicPosition
from ommatid_jobs.delivery.pending_snapshot import PendingSnapshot
from ommatid_schemas import Alert


@dataclass(frozen=True, slots=True)
class Errand:
    """One alert to be delivered.

    Attributes:
        record: In which it came.
        alert: What it says.
        picture: Of its evidence, perhaps still in the making.
        taken_at_us: When this process read it, microseconds since the epoch.
    """

    record: Record
    alert: Alert
    picture: PendingSnapshot
    taken_at_us: int


@dataclass(frozen=True, slots=True)
class Done:
    """An endpoint needs no more work for the alert at a position."""

    position: TopicPosition
    delivery: str
