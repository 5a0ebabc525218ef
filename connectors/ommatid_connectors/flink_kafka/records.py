"""What a job reads and writes, without Flink's types: operators and their tests need no more."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One Kafka record as a keyed function receives it; a missing key or value (tombstone) is None."""

    key: bytes | None
    value: bytes | None
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class SinkRecord:
    """One Kafka record to write.

    Attributes:
        topic: One of the sink's topics.
        timestamp_ms: Milliseconds since the epoch, not negative; None lets the producer's clock stamp the record.
    """

    topic: str
    key: bytes | None
    value: bytes
    headers: Mapping[str, bytes]
    timestamp_ms: int | None
