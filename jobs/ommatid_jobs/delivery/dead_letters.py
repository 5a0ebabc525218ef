"""Where alerts go that cannot be delivered, with the reason."""

import queue
from dataclasses import dataclass

import structlog

from ommatid_connectors.kafka import Delivered, DeliveryReport, Queued, Record, RecordProducer
from ommatid_schemas import DeadLetter

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead-letter topic; usable from several threads.

    Attributes:
        producer: Publishes.
        topic: ``omm.dlq.REGION``.
        deadline_s: Longest wait for the acknowledgement.
    """

    producer: RecordProducer
    topic: str
    deadline_s: float = 15.0

    def write(self, record: Record, stage: str, error_class: str, reason: str) -> bool:
        """Write a record with its reason and wait until it is safe.

        Args:
            record: The alert's record as it was read.
            stage: ``deliver``, or ``deliver/NAME`` for one delivery.
            error_class: Kind of reason.
            reason: One sentence.

        Returns:
            False when the broker did not take it in time; the record must then not be given up.
        """
        letter = DeadLetter(
            record.key, record.value, record.topic, record.partition, record.offset, stage, error_class, reason
        )
        report = self._publish(letter, record.timestamp_ms)
        written = isinstance(report, Delivered)
        _log.warning("dead letter", stage=stage, error=error_class, reason=reason, written=written)
        return written

    def _publish(self, letter: DeadLetter, timestamp_ms: int) -> object:
        reports: queue.SimpleQueue[DeliveryReport] = queue.SimpleQueue()
        outcome = self.producer.produce(
            self.topic,
            letter.key,
            letter.value,
            max(timestamp_ms, 1),
            headers=letter.headers(),
            on_delivery=reports.put,
        )
        if not isinstance(outcome, Queued):
            return outcome
        try:
            return reports.get(timeout=self.deadline_s)
        except queue.Empty:
            return None
