"""A reader by position over records in memory, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ommatid_connectors.kafka.reader import Expired
from ommatid_connectors.kafka.record import ReadFailed, Record, TopicPosition


@dataclass(frozen=True, slots=True)
class FakeRecordReader:
    """Answers as :class:`ommatid_connectors.kafka.RecordReader` does.

    Attributes:
        answers: What stands at a position; any other position is not retriable.
    """

    answers: Mapping[TopicPosition, Record | Expired | ReadFailed] = field(
        default_factory=dict[TopicPosition, Record | Expired | ReadFailed]
    )

    def read(self, topic: str, partition: int, offset: int, deadline_s: float = 5.0) -> Record | Expired | ReadFailed:
        """The answer for a position."""
        del deadline_s
        return self.answers.get(TopicPosition(topic, partition, offset), ReadFailed("no such record", retriable=False))
