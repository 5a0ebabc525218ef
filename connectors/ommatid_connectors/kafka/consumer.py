"""Reading records: in a group with explicit commits, or every partition without a group."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from ommatid_connectors.kafka.client_logging import RepeatLimit, client_logger
from ommatid_connectors.kafka.connection import ClientConfig, brokers, cluster_metadata, error_of, once_leaders_settle
from ommatid_connectors.kafka.errors import KafkaClientError, TopicMissing
from ommatid_connectors.kafka.message_record import record_of
from ommatid_connectors.kafka.record import ReadFailed, Record, StartAt, TopicPosition

OnRevoked = Callable[[frozenset[tuple[str, int]]], None]
"""Called from ``poll`` and ``close`` with the (topic, partition) that this member gives up."""

_REPORT_PERIOD_S = 10.0


class RecordConsumer:
    """One consumer, to be used from one thread. Build it with one of the two class methods."""

    def __init__(self, consumer: Consumer, errors: "_ClientErrors") -> None:
        self._consumer = consumer
        self._errors = errors

    @classmethod
    def in_group(
        cls,
        client: ClientConfig,
        group: str,
        topics: Sequence[str],
        *,
        start: StartAt = StartAt.EARLIEST,
        on_revoked: OnRevoked | None = None,
        connect_timeout_s: float = 10.0,
    ) -> Self:
        """Share the topics' partitions with the other members of a group; positions are kept by ``commit``.

        Args:
            client: Settings from :func:`client_config`.
            group: Name of the group.
            topics: Topics that exist.
            start: Where to begin in partitions without a committed position.
            on_revoked: Told which partitions go to other members; forget what is unfinished in them.
            connect_timeout_s: Longest wait for a broker.

        Raises:
            BrokerUnavailable: No broker answered in time.
            TopicMissing: A topic does not exist.
        """
        consumer, errors = _open(client, group, {"auto.offset.reset": str(start)})
        for topic in topics:
            _partitions(consumer, client, topic, connect_timeout_s)
        revoked = _revocation(on_revoked)
        consumer.subscribe(list(topics), on_revoke=revoked, on_lost=revoked)
        return cls(consumer, errors)

    @classmethod
    def of_all_partitions(
        cls,
        client: ClientConfig,
        topics: Sequence[str],
        *,
        start: StartAt = StartAt.LATEST,
        connect_timeout_s: float = 10.0,
    ) -> Self:
        """Read every partition of the topics without a group; nothing is committed.

        With ``LATEST`` every record that is produced after this returns is read. Partitions that
        are added later are not.

        Raises:
            BrokerUnavailable: No broker answered in time.
            TopicMissing: A topic does not exist.
        """
        consumer, errors = _open(client, "ommatid-without-group", {"auto.offset.reset": "earliest"})
        places = [place for topic in topics for place in _partitions(consumer, client, topic, connect_timeout_s)]
        for place in places:
            place.offset = _end(consumer, place, connect_timeout_s) if start is StartAt.LATEST else OFFSET_BEGINNING
        consumer.assign(places)
        return cls(consumer, errors)

    def poll(self, timeout_s: float) -> Record | ReadFailed | None:
        """Next record, or None when there is none within the timeout.

        An outage is reported once per 10 s and kind; the consumer recovers from it by itself.
        """
        message = self._consumer.poll(timeout_s)
        if message is None:
            return self._errors.take()
        error = message.error()
        return record_of(message) if error is None else self._errors.of(error)

    def commit(self, next_positions: Iterable[TopicPosition]) -> ReadFailed | None:
        """Say what to read first after a restart; waits for the broker.

        Args:
            next_positions: Offset *after* the last finished record, per partition.

        Returns:
            Why it could not be committed, or None. A failed commit costs repeated records, no loss.
        """
        offsets = [TopicPartition(it.topic, it.partition, it.offset) for it in next_positions]
        if not offsets:
            return None
        try:
            results = self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as exc:
            return self._errors.failure(error_of(exc))
        refused = [place.error for place in results if place.error is not None]
        return self._errors.failure(refused[0]) if refused else None

    def assigned(self) -> frozenset[tuple[str, int]]:
        """(topic, partition) that this consumer reads now."""
        return frozenset((place.topic, place.partition) for place in self._consumer.assignment())

    def close(self) -> None:
        """Leave the group and close the connections."""
        self._consumer.close()

    def __enter__(self) -> Self:
        """The consumer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()


class _ClientErrors:
    """Turns the library's errors into values, the same one at most once per period."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._limit = RepeatLimit(_REPORT_PERIOD_S)
        self._pending: KafkaError | None = None

    def on_error(self, error: KafkaError) -> None:
        """Callback of the client library."""
        client_logger().log(logging.ERROR if error.fatal() else logging.WARNING, "%s", error.str())
        self._pending = error

    def take(self) -> ReadFailed | None:
        error, self._pending = self._pending, None
        return None if error is None else self.of(error)

    def of(self, error: KafkaError) -> ReadFailed | None:
        known = self._limit.admit(f"{error.name()}", time.monotonic()) is None
        return None if known else self.failure(error)

    def failure(self, error: KafkaError) -> ReadFailed:
        return ReadFailed(f"Kafka at {self._where}: {error.str()}", retriable=not error.fatal())


def _open(client: ClientConfig, group: str, more: ClientConfig) -> tuple[Consumer, _ClientErrors]:
    errors = _ClientErrors(brokers(client))
    config: dict[str, Any] = {**client, **_LOW_LATENCY, **more, "group.id": group, "error_cb": errors.on_error}
    return Consumer(config, logger=client_logger()), errors


_LOW_LATENCY: ClientConfig = {
    "enable.auto.commit": False,
    "allow.auto.create.topics": False,
    # Also how long a commit waits for a coordinator, and so how long a stop takes while brokers are away.
    "session.timeout.ms": 10_000,
    "partition.assignment.strategy": "cooperative-sticky",
    "fetch.min.bytes": 1,
    "fetch.wait.max.ms": 50,
    # Its default of 1000 ms delays records by up to a second once the local queue was full.
    "fetch.queue.backoff.ms": 20,
    "fetch.error.backoff.ms": 100,
    "max.partition.fetch.bytes": 4 * 1024 * 1024,
    "queued.max.messages.kbytes": 64 * 1024,
}


def _partitions(consumer: Consumer, client: ClientConfig, topic: str, timeout_s: float) -> list[TopicPartition]:
    found = cluster_metadata(consumer, client, timeout_s, topic).topics[topic]
    if found.error is not None and found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        raise TopicMissing(
            f"Kafka at {brokers(client)}: expected the topic {topic}, found none of that name; "
            "is the region right, and were its topics created?"
        )
    if found.error is not None:
        raise KafkaClientError(f"Kafka at {brokers(client)}: topic {topic}: {found.error.str()}")
    return [TopicPartition(topic, partition) for partition in sorted(found.partitions)]


def _end(consumer: Consumer, place: TopicPartition, timeout_s: float) -> int:
    try:
        return once_leaders_settle(lambda: consumer.get_watermark_offsets(place, timeout=timeout_s)[1], timeout_s)
    except KafkaException as exc:
        where = f"{place.topic} partition {place.partition}"
        raise KafkaClientError(f"{where}: expected its end offset, found {error_of(exc).str()}") from exc


def _revocation(on_revoked: OnRevoked | None) -> Callable[[Consumer, list[TopicPartition]], None]:
    def revoked(consumer: Consumer, places: list[TopicPartition]) -> None:
        del consumer
        if on_revoked is not None:
            on_revoked(frozenset((place.topic, place.partition) for place in places))

    return revoked
