"""Idempotent, keyed, bounded publishing. Nothing blocks: a full queue and a lost record are values."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any, Self

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import ClientConfig, brokers, error_of

_logger = logging.getLogger(__name__)
_POLL_S = 0.1
_NO_HEADERS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProducerSettings:
    """How much a producer holds and how long it waits.

    Attributes:
        queue_bytes: Keys and values that may wait for their acknowledgement.
        linger_ms: Longest wait for a batch to fill.
        max_record_bytes: Largest record that is accepted.
        delivery_timeout_s: Time after which an unacknowledged record has failed; None for never, for callers that
            keep their records until then: an outage of any length neither loses nor reorders them.
        unknown_topic_s: Time after which a record for a topic that does not exist has failed.
    """

    queue_bytes: int = 64 * 1024 * 1024
    linger_ms: float = 5.0
    max_record_bytes: int = 2 * 1024 * 1024
    delivery_timeout_s: float | None = 120.0
    unknown_topic_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Queued:
    """The producer has the record and will call back once about it."""


@dataclass(frozen=True, slots=True)
class QueueFull:
    """The queue has no room; the record was not taken."""

    queued_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The record is larger than brokers accept; it was not taken."""

    record_bytes: int
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """All in-sync replicas have the record, at this position."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class DeliveryFailed:
    """The record is not in the topic.

    Attributes:
        retriable: True when producing it again later can succeed, be it with another producer or after somebody
            granted a right.
        too_large: True when the topic takes no record of this size.
    """

    topic: str
    reason: str
    retriable: bool
    too_large: bool = False


DeliveryReport = Delivered | DeliveryFailed
OnDelivery = Callable[[DeliveryReport], None]


class RecordProducer:
    """One idempotent producer with its own poll thread; safe to use from several threads.

    Keys are placed as Java's clients place them (murmur2), every in-sync replica acknowledges,
    images are not compressed. Starting needs no broker: records wait until one is there.

    Args:
        client: Settings from :func:`client_config`.
        settings: Bounds.
        on_delivery: Called once for each queued record that has no callback of its own, from
            the poll thread: keep it short.
    """

    def __init__(
        self, client: ClientConfig, settings: ProducerSettings | None = None, on_delivery: OnDelivery | None = None
    ) -> None:
        self._settings = settings or ProducerSettings()
        self._brokers = brokers(client)
        self._on_delivery = on_delivery
        self._fatal: str | None = None
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        config = {**client, **_config(self._settings), "error_cb": self._on_error}
        self._producer = Producer(config, logger=client_logger())
        self._thread = threading.Thread(target=self._poll_until_stopped, name="kafka-producer-poll", daemon=True)
        self._thread.start()

    def produce(
        self,
        topic: str,
        key: bytes | None,
        value: bytes,
        timestamp_ms: int,
        *,
        headers: Mapping[str, bytes] = _NO_HEADERS,
        on_delivery: OnDelivery | None = None,
    ) -> Queued | QueueFull | TooLarge | DeliveryFailed:
        """Queue one record; never blocks.

        Args:
            topic: Topic that must exist.
            key: Decides the partition; None spreads records at random.
            value: Bytes of the record.
            timestamp_ms: Milliseconds since the Unix epoch, above 0.
            headers: Names and values beside the value.
            on_delivery: Called once if the record was queued, from the poll thread.

        Returns:
            ``Queued``, or why the record was not taken.
        """
        size_bytes = len(value) + len(key or b"")
        # Counted before, because the callback may come before produce returns.
        self._count(size_bytes)
        refusal = self._enqueue(
            topic,
            value=value,
            key=key,
            timestamp=timestamp_ms,
            headers=list(headers.items()),
            on_delivery=self._callback(size_bytes, on_delivery),
        )
        if refusal is None:
            return Queued()
        self._count(-size_bytes)
        return refusal

    @property
    def queued(self) -> int:
        """Records not yet acknowledged."""
        return len(self._producer)

    @property
    def queued_bytes(self) -> int:
        """Bytes of keys and values not yet acknowledged."""
        return self._queued_bytes

    @property
    def fatal(self) -> str | None:
        """Why this producer can send nothing more and must be replaced; None while it works."""
        return self._fatal

    def flush(self, deadline_s: float = 10.0) -> int:
        """Wait for acknowledgements; returns how many records are still without one, in seconds at most."""
        return self._producer.flush(deadline_s)

    def close(self, deadline_s: float = 10.0) -> int:
        """Flush, fail what is left, and end the poll thread.

        Returns:
            How many records were given up; each has had its ``DeliveryFailed``.
        """
        if self._stopping.is_set():
            return 0
        left = self.flush(deadline_s)
        if left:
            self._producer.purge()
            self._producer.flush(1.0)
        self._stopping.set()
        self._thread.join()
        return left

    def __enter__(self) -> Self:
        """The producer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close with the default deadline."""
        self.close()

    def _enqueue(self, topic: str, **record: Any) -> QueueFull | TooLarge | DeliveryFailed | None:
        try:
            self._producer.produce(topic, **record)
        except BufferError:
            return QueueFull(self._queued_bytes, self._settings.queue_bytes)
        except KafkaException as exc:
            return self._refusal(topic, len(record["value"]), error_of(exc))
        return None

    def _refusal(self, topic: str, record_bytes: int, error: KafkaError) -> TooLarge | DeliveryFailed:
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return TooLarge(record_bytes, self._settings.max_record_bytes)
        return self._failed(topic, error)

    def _callback(
        self, size_bytes: int, on_delivery: OnDelivery | None
    ) -> Callable[[KafkaError | None, Message], None]:
        return partial(self._finished, size_bytes, on_delivery or self._on_delivery)

    def _finished(
        self, size_bytes: int, on_delivery: OnDelivery | None, error: KafkaError | None, message: Message
    ) -> None:
        self._count(-size_bytes)
        if on_delivery is not None:
            on_delivery(self._report(error, message))

    def _report(self, error: KafkaError | None, message: Message) -> DeliveryReport:
        topic = message.topic() or ""
        if error is not None:
            return self._failed(topic, error)
        return Delivered(topic, message.partition() or 0, message.offset() or 0)

    def _failed(self, topic: str, error: KafkaError) -> DeliveryFailed:
        reason = f"{topic} at {self._brokers}: record not acknowledged: {error.str()}"
        return DeliveryFailed(
            topic,
            reason,
            retriable=error.code() not in _REFUSED,
            too_large=error.code() == KafkaError.MSG_SIZE_TOO_LARGE,
        )

    def _count(self, change_bytes: int) -> None:
        with self._lock:
            self._queued_bytes += change_bytes

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal = f"Kafka at {self._brokers}: the producer stopped for good: {error.str()}; start a new one"
        client_logger().log(logging.ERROR if error.fatal() else logging.WARNING, "%s", error.str())

    def _poll_until_stopped(self) -> None:
        while not self._stopping.is_set():
            try:
                self._producer.poll(_POLL_S)
            # Outermost loop of the thread: a callback's fault must not stop the callbacks of all other records.
            except Exception:
                _logger.exception("delivery callback failed")


_REFUSED = frozenset(
    {
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.INVALID_RECORD,
        KafkaError.INVALID_TIMESTAMP,
        KafkaError.TOPIC_EXCEPTION,
    }
)


def _config(settings: ProducerSettings) -> dict[str, str | int | float | bool]:
    return {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "compression.type": "none",
        "linger.ms": settings.linger_ms,
        "queue.buffering.max.kbytes": max(1, settings.queue_bytes // 1024),
        "message.max.bytes": settings.max_record_bytes,
        # librdkafka takes 0 for no timeout.
        "message.timeout.ms": round((settings.delivery_timeout_s or 0) * 1000),
        "topic.metadata.propagation.max.ms": round(settings.unknown_topic_s * 1000),
        "allow.auto.create.topics": False,
    }
