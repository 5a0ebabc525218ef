"""Read, decide and write as if nobody else did: for topics that hold a small state and that people write by command.

Kafka has no compare-and-set, but it fences transactions: of all producers with one transactional id only the one that
was started last can commit. Whoever starts a producer, then reads the topic to its end, and then commits, has read
everything that was committed before, and has written only if nobody started in between.
(Kafka Improvement Proposal 98, "Exactly Once Delivery and Transactional Messaging".)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaError, KafkaException, Producer

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import ClientConfig, broker_unavailable, brokers, error_of, is_away
from ommatid_connectors.kafka.errors import KafkaClientError
from ommatid_schemas.errors import OmmatidError

_ENVELOPE_BYTES = 1024


class WriterSuperseded(OmmatidError):
    """Somebody else began to write after this writer did; nothing was written, and trying again can help."""

    retriable = True


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to write.

    Attributes:
        value: Its bytes; None removes the key from a compacted topic.
        timestamp_ms: Milliseconds since the epoch.
    """

    key: bytes
    value: bytes | None = field(repr=False)
    timestamp_ms: int


class ExclusiveWriter:
    """One writer of a topic. From its making on, no writer that was made before it can write any more.

    What is read between its making and :meth:`write` has to be read committed, as ``read_to_end`` does.

    Args:
        client: Settings from ``client_config``.
        topic: The topic; must exist.
        max_record_bytes: Largest value.
        deadline_s: Longest wait for the brokers, seconds.

    Raises:
        BrokerUnavailable: No broker answered in time.
        KafkaClientError: A broker refused, for example for want of a right.
    """

    def __init__(
        self, client: ClientConfig, topic: str, max_record_bytes: int = 1024 * 1024, deadline_s: float = 30.0
    ) -> None:
        self._client, self._topic, self._deadline_s = client, topic, deadline_s
        self._failures: list[KafkaError] = []
        config = {**client, **_config(topic, max_record_bytes, deadline_s)}
        self._producer = Producer(config, logger=client_logger())
        try:
            self._producer.init_transactions(deadline_s)
        except KafkaException as exc:
            raise self._refused(error_of(exc)) from exc

    def write(self, records: Sequence[NewRecord]) -> None:
        """Write all records, or none of them.

        Raises:
            WriterSuperseded: Somebody else has begun to write since; nothing was written.
            BrokerUnavailable: No broker answered in time; read again to see whether it was written.
            KafkaClientError: A broker refused; nothing was written.
        """
        try:
            self._producer.begin_transaction()
            for it in records:
                self._producer.produce(
                    self._topic, key=it.key, value=it.value, timestamp=it.timestamp_ms, on_delivery=self._settled
                )
            self._producer.commit_transaction(self._deadline_s)
        except KafkaException as exc:
            raise self._refused(self._failures[0] if self._failures else error_of(exc)) from exc

    def close(self) -> None:
        """Give up what was not committed."""
        self._producer.purge()
        self._producer.flush(1.0)

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def _settled(self, error: KafkaError | None, _: object) -> None:
        if error is not None and error.code() != KafkaError._PURGE_QUEUE:
            self._failures.append(error)

    def _refused(self, error: KafkaError) -> OmmatidError:
        if error.code() in _SUPERSEDED:
            return WriterSuperseded(
                f"Kafka at {brokers(self._client)}: topic {self._topic}: expected to be the only one who writes, "
                "found somebody who began later; look again at what is there, and repeat the command"
            )
        if is_away(error):
            return broker_unavailable(self._client, self._deadline_s)
        return KafkaClientError(f"Kafka at {brokers(self._client)}: topic {self._topic}: {error.str()}")


_SUPERSEDED = frozenset(
    {
        KafkaError._FENCED,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.CONCURRENT_TRANSACTIONS,
    }
)


def _config(topic: str, max_record_bytes: int, deadline_s: float) -> dict[str, str | int | float | bool]:
    return {
        "transactional.id": f"ommatid-exclusive-{topic}",
        # Nothing below a second is taken.
        "transaction.timeout.ms": max(1000, round(deadline_s * 1000)),
        "partitioner": "murmur2_random",
        "compression.type": "zstd",
        "linger.ms": 0,
        "message.max.bytes": max_record_bytes + _ENVELOPE_BYTES,
        "topic.metadata.propagation.max.ms": 5000,
        "allow.auto.create.topics": False,
    }
