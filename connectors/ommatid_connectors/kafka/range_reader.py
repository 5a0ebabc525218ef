"""Reading a topic from some place up to where it ends now, without a group: for commands that look and go."""

import time
from collections.abc import Generator, Mapping
from types import TracebackType
from typing import Any, Self

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, TopicPartition

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import (
    ClientConfig,
    broker_unavailable,
    brokers,
    cluster_metadata,
    error_of,
    is_away,
    once_leaders_settle,
)
from ommatid_connectors.kafka.errors import KafkaClientError, TopicMissing
from ommatid_connectors.kafka.message_record import record_of
from ommatid_connectors.kafka.record import Record
from ommatid_schemas.errors import OmmatidError

_POLL_S = 0.2
_TO_THE_END: ClientConfig = {
    "group.id": "ommatid-range-reader",
    "enable.auto.commit": False,
    "allow.auto.create.topics": False,
    # Offsets that retention has taken since they were noted: what is left is read.
    "auto.offset.reset": "earliest",
    "enable.partition.eof": True,
    "fetch.wait.max.ms": 50,
    "max.partition.fetch.bytes": 4 * 1024 * 1024,
    "queued.max.messages.kbytes": 32 * 1024,
}


def read_to_end(
    client: ClientConfig,
    topic: str,
    *,
    since_ms: int | None = None,
    from_offsets: Mapping[int, int] | None = None,
    silence_s: float = 15.0,
) -> Generator[Record]:
    """Yield the records of a topic until the end of each partition has been reached.

    Args:
        client: Settings from :func:`client_config`.
        topic: The topic.
        since_ms: Begin at the first record of each partition that is not older, milliseconds since the epoch.
        from_offsets: Begin at these offsets instead; partitions that are not named are left out.
        silence_s: Longest wait for the next record or end, seconds.

    Raises:
        BrokerUnavailable: No broker answered in time.
        TopicMissing: There is no such topic.
        KafkaClientError: A broker refused.
    """
    consumer = Consumer({**client, **_TO_THE_END}, logger=client_logger())
    try:
        places = [TopicPartition(topic, it, OFFSET_BEGINNING) for it in _partitions(consumer, client, topic, silence_s)]
        if from_offsets is not None:
            places = [TopicPartition(topic, partition, offset) for partition, offset in from_offsets.items()]
        elif since_ms is not None:
            wanted = [TopicPartition(topic, it.partition, since_ms) for it in places]
            places = _places_at(consumer, client, wanted, silence_s)
        consumer.assign(places)
        yield from _records(consumer, client, {place.partition for place in places}, silence_s)
    finally:
        consumer.close()


class TopicReader:
    """Keeps one connection and reads a topic from some time on, as often as asked; to be used from one thread.

    Args:
        client: Settings from :func:`client_config`.
        topic: The topic.
    """

    def __init__(self, client: ClientConfig, topic: str) -> None:
        self._client = client
        self._topic = topic
        self._consumer = Consumer({**client, **_TO_THE_END}, logger=client_logger())
        self._partitions: list[int] = []

    def since(self, since_ms: int, silence_s: float) -> Generator[Record]:
        """Yield records from the first of each partition that is not older to the end of each.

        Args:
            since_ms: Milliseconds since the epoch.
            silence_s: Longest wait for the next record or end, seconds.

        Raises:
            BrokerUnavailable: No broker answered in time.
            TopicMissing: There is no such topic.
            KafkaClientError: A broker refused.
        """
        if not self._partitions:
            self._partitions = _partitions(self._consumer, self._client, self._topic, silence_s)
        wanted = [TopicPartition(self._topic, partition, since_ms) for partition in self._partitions]
        places = _places_at(self._consumer, self._client, wanted, silence_s)
        self._consumer.assign(places)
        try:
            yield from _records(self._consumer, self._client, set(self._partitions), silence_s)
        finally:
            # Otherwise the client would go on and fetch what follows.
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


def _places_at(
    consumer: Consumer, client: ClientConfig, times: list[TopicPartition], deadline_s: float
) -> list[TopicPartition]:
    """Places of the first records at or after times (in the field for offsets); the end where there is none."""
    try:
        found = once_leaders_settle(lambda: consumer.offsets_for_times(times, timeout=deadline_s), deadline_s)
    except KafkaException as exc:
        raise _refused(client, times[0].topic, error_of(exc), deadline_s) from exc
    return [TopicPartition(it.topic, it.partition, it.offset if it.offset >= 0 else OFFSET_END) for it in found]


def _partitions(consumer: Consumer, client: ClientConfig, topic: str, deadline_s: float) -> list[int]:
    found = cluster_metadata(consumer, client, deadline_s, topic).topics[topic]
    if found.error is not None or not found.partitions:
        raise TopicMissing(
            f"Kafka at {brokers(client)}: expected the topic {topic}, found none of that name; "
            "is the region right, and were its topics created?"
        )
    return sorted(found.partitions)


def _records(consumer: Consumer, client: ClientConfig, unfinished: set[int], silence_s: float) -> Generator[Record]:
    give_up_at_s = time.monotonic() + silence_s
    while unfinished:
        message = consumer.poll(_POLL_S)
        if message is None:
            if time.monotonic() > give_up_at_s:
                raise broker_unavailable(client, silence_s)
            continue
        give_up_at_s = time.monotonic() + silence_s
        error = message.error()
        if error is None:
            yield record_of(message)
        elif error.code() == _PARTITION_END:
            unfinished.discard(message.partition() or 0)
        elif not is_away(error):
            raise _refused(client, message.topic() or "", error, silence_s)


def _refused(client: ClientConfig, topic: str, error: KafkaError, waited_s: float) -> OmmatidError:
    if is_away(error):
        return broker_unavailable(client, waited_s)
    return KafkaClientError(f"Kafka at {brokers(client)}: topic {topic}: {error.str()}")


# librdkafka's local errors carry an underscore in their public names.
_PARTITION_END: Any = KafkaError._PARTITION_EOF
