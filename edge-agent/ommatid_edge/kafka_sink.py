"""The record sink that is Kafka."""

from functools import partial

import structlog

from ommatid_connectors.kafka import (
    ClientConfig,
    Delivered,
    DeliveryFailed,
    DeliveryReport,
    ProducerSettings,
    Queued,
    QueueFull,
    RecordProducer,
    TooLarge,
)
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.record_sink import Acknowledged, Busy, OnDone, OutgoingRecord, Refused, Returned

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
        self._producer = RecordProducer(client, settings)

    def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
        """Queue a record; see :class:`RecordSink`."""
        producer = self._producer
        if producer.fatal is not None:
            return Busy()
        outcome = producer.produce(
            record.topic, record.key, record.value, record.timestamp_ms, on_delivery=partial(_report, on_done)
        )
        match outcome:
            case Queued():
                return None
            case QueueFull():
                return Busy()
            case TooLarge():
                return Refused(DropReason.TOO_LARGE, f"{record.topic}: {outcome.record_bytes} bytes are too many")
            case _:
                return _failure(outcome)

    def mend(self) -> None:
        """Replace the producer if it stopped for good; see :class:`RecordSink`."""
        fatal = self._producer.fatal
        if fatal is not None:
            _log.error("producer replaced", reason=fatal)
            # Sends find it busy until there is a new one.
            self._producer.close(deadline_s=0.0)
            self._producer = RecordProducer(self._client, self._settings)

    @property
    def queued(self) -> int:
        """Records not yet acknowledged."""
        return self._producer.queued

    def close(self, deadline_s: float) -> int:
        """Flush for at most ``deadline_s`` seconds; returns how many records were returned."""
        return self._producer.close(deadline_s)


def _report(on_done: OnDone, report: DeliveryReport) -> None:
    on_done(Acknowledged() if isinstance(report, Delivered) else _failure(report))


def _failure(report: DeliveryFailed) -> Refused | Returned:
    if report.retriable:
        return Returned(report.reason)
    return Refused(DropReason.TOO_LARGE if report.too_large else DropReason.DELIVERY_FAILED, report.reason)
