"""Kafka records, positions and what reading can yield beside a record. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TopicPosition:
    """A place in a topic.

    Attributes:
        topic: Name of the topic.
        partition: Number of the partition, from 0.
        offset: Number of the record in its partition, from 0.
    """

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record. A tombstone has an empty value; of headers with one name the last counts.

    Attributes:
        timestamp_ms: Milliseconds since the Unix epoch, as its producer set it.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes = field(repr=False)
    timestamp_ms: int
    headers: Mapping[str, bytes]

    @property
    def position(self) -> TopicPosition:
        """Where the record stands."""
        return TopicPosition(self.topic, self.partition, self.offset)


@dataclass(frozen=True, slots=True)
class ReadFailed:
    """Nothing could be read just now.

    Attributes:
        reason: One sentence for a log or an alert.
        retriable: True when the client recovers by itself or the same read can succeed later.
    """

    reason: str
    retriable: bool


class StartAt(StrEnum):
    """Where reading begins when there is no committed position."""

    EARLIEST = "earliest"
    LATEST = "latest"
