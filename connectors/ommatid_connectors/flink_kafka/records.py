"""What a job reads and writes, without Flink's types: operators and their tests need no more."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One Kafka record as a keyed function receives it; a missing key or value (tombstone) is None.

    Attributes:
        key: As published; if it is longer than ``MAX_VALUE_BYTES``, its beginning.
        value: As published; if it is longer than ``MAX_VALUE_BYTES``, its beginning, one byte more than that.
        replay: Id of the replay that sent this record again (header ``ommatid-replay``); None for all others.
    """

    key: bytes | None
    value: bytes | None
    topic: str
    partition: int
    offset: int
    replay: str | None = None


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
