"""The record sink that is Kafka."""

import threading
from functools import partial

import structlog

from ommatid_connectors.kafka import (
    ClientConfig,
    Delivered,
    DeliveryReport,
    ProducerSettings,
    Queued,
    QueueFull,
    RecordProducer,
    TooLarge,
)
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.record_sink import OnDone, OutgoingRecord

_log = structlog.get_logger(__name__)


class KafkaSink:
    """Publishes through one idempotent producer, and replaces it should it ever stop for good.

    Args:
        client: Settings of the region's Kafka clients.
        settings: Bounds of the producer.
    """

    def __init__(self, client: ClientConfig, settings: ProducerSettings) -> None:
        self._client = client
        self._settings = settings
        self._lock = threading.Lock()
        self._producer = RecordProducer(client, settings)

    def send(self, record: OutgoingRecord, on_done: OnDone) -> DropReason | None:
        """Queue a record; see :class:`RecordSink`."""
        outcome = self._working_producer().produce(
            record.topic, record.key, record.value, record.timestamp_ms, on_delivery=partial(_report, on_done)
        )
        match outcome:
            case Queued():
                return None
            case QueueFull():
                return DropReason.QUEUE_FULL
            case TooLarge():
                return DropReason.TOO_LARGE
            case _:
                return DropReason.DELIVERY_FAILED

    @property
    def queued(self) -> int:
        """Records not yet acknowledged."""
        return self._producer.queued

    def close(self, deadline_s: float) -> int:
        """Flush for at most ``deadline_s`` seconds; returns how many records were given up."""
        return self._producer.close(deadline_s)

    def _working_producer(self) -> RecordProducer:
        with self._lock:
            fatal = self._producer.fatal
            if fatal is not None:
                _log.error("producer replaced", reason=fatal)
                self._producer.close(deadline_s=0.0)
                self._producer = RecordProducer(self._client, self._settings)
            return self._producer


def _report(on_done: OnDone, report: DeliveryReport) -> None:
    on_done(None if isinstance(report, Delivered) else report.reason)
