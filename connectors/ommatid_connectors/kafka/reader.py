"""Reading one record back by its position: evidence is a position, not a copy."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import ClientConfig, brokers, error_of
from ommatid_connectors.kafka.message_record import record_of
from ommatid_connectors.kafka.record import ReadFailed, Record, TopicPosition

_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Expired:
    """The record has passed its topic's retention.

    Attributes:
        low_watermark: First offset that the partition still holds.
    """

    position: TopicPosition
    low_watermark: int

    @property
    def reason(self) -> str:
        """One sentence for a log or an alert."""
        at = self.position
        return (
            f"{at.topic} partition {at.partition}: offset {at.offset} has passed retention, "
            f"the oldest is {self.low_watermark}"
        )


class RecordReader:
    """Keeps one connection and reads single records through it; to be used from one thread.

    Args:
        client: Settings from :func:`client_config`.
        now: Monotonic clock, seconds.
    """

    def __init__(self, client: ClientConfig, now: Callable[[], float] = time.monotonic) -> None:
        config: dict[str, Any] = {**client, **_ONE_RECORD, "error_cb": self._on_error}
        self._consumer = Consumer(config, logger=client_logger())
        self._where = brokers(client)
        self._now = now
        self._no_such_place: KafkaError | None = None

    def read(self, topic: str, partition: int, offset: int, deadline_s: float = 5.0) -> Record | Expired | ReadFailed:
        """Read the record at a position.

        Returns:
            The record; ``Expired`` when retention has passed; ``ReadFailed`` when it is not there for
            another reason (not retriable) or no broker answered within the deadline (retriable).
        """
        position = TopicPosition(topic, partition, offset)
        give_up_at = self._now() + deadline_s
        self._no_such_place = None
        self._consumer.assign([TopicPartition(topic, partition, offset)])
        try:
            message = self._next(give_up_at)
            return self._unread(position, deadline_s) if message is None else self._judge(position, message)
        finally:
            # Otherwise the client would go on and fetch the images that follow.
            self._consumer.unassign()

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _on_error(self, error: KafkaError) -> None:
        client_logger().warning("%s", error.str())
        if error.code() in _NO_SUCH_PLACE:
            self._no_such_place = error

    def _next(self, give_up_at: float) -> Message | None:
        while self._no_such_place is None and (left_s := give_up_at - self._now()) > 0:
            message = self._consumer.poll(min(_POLL_S, left_s))
            if message is not None:
                return message
        return None

    def _judge(self, position: TopicPosition, message: Message) -> Record | Expired | ReadFailed:
        error = message.error()
        if error is None and message.offset() == position.offset:
            return record_of(message)
        if error is None or error.code() in _NO_SUCH_OFFSET:
            return self._no_such_offset(position)
        return self._failed(position, error)

    def _no_such_offset(self, position: TopicPosition) -> Expired | ReadFailed:
        try:
            low, end = self._consumer.get_watermark_offsets(TopicPartition(position.topic, position.partition), 2.0)
        except KafkaException as exc:
            return self._failed(position, error_of(exc))
        if position.offset < low:
            return Expired(position, low)
        return ReadFailed(
            f"{position.topic} partition {position.partition}: expected a record at offset {position.offset}, "
            f"found none (offsets {low} to {end - 1}); was the topic created anew or compacted?",
            retriable=False,
        )

    def _failed(self, position: TopicPosition, error: KafkaError) -> ReadFailed:
        missing = error.code() in _NO_SUCH_PLACE
        return ReadFailed(
            f"{position.topic} partition {position.partition} at {self._where}: {error.str()}", retriable=not missing
        )

    def _unread(self, position: TopicPosition, deadline_s: float) -> ReadFailed:
        if self._no_such_place is not None:
            return self._failed(position, self._no_such_place)
        return ReadFailed(
            f"{position.topic} partition {position.partition} at {self._where}: offset {position.offset} "
            f"not read within {deadline_s:.1f} s",
            retriable=True,
        )


# librdkafka's local errors carry an underscore in their public names.
_NO_SUCH_OFFSET = frozenset({KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET})
_NO_SUCH_PLACE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError._UNKNOWN_PARTITION,
    }
)

_ONE_RECORD: ClientConfig = {
    "group.id": "ommatid-reader",
    "enable.auto.commit": False,
    "allow.auto.create.topics": False,
    "auto.offset.reset": "error",
    "fetch.min.bytes": 1,
    # A fetch in progress delays the next position by up to this long.
    "fetch.wait.max.ms": 20,
    "fetch.queue.backoff.ms": 20,
    "fetch.error.backoff.ms": 50,
    # Brokers send at least one whole batch however small this is; the rest would be read in vain.
    "max.partition.fetch.bytes": 64 * 1024,
    "queued.min.messages": 1,
    "topic.metadata.propagation.max.ms": 1000,
}
