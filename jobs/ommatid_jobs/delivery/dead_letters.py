"""Where alerts go that cannot be delivered, with the reason."""

import queue
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from ommatid_connectors.kafka import Delivered, DeliveryReport, Queued, Record, RecordProducer
from ommatid_schemas import DeadLetter

_log = structlog.get_logger(__name__)


class DeadLetterSink(Protocol):
    """Takes what cannot be delivered; called from several threads."""

    def write(self, record: Record, stage: str, error_class: str, reason: str) -> bool:
        """Keep a record with its reason; False when it is not safe, and must not be given up."""
        ...


@dataclass(frozen=True, slots=True)
class InMemoryDeadLetters:
    """Dead letters in a list, for tests.

    Attributes:
        written: What was taken.
        failures: One item for each write that fails first.
    """

    written: list[DeadLetter] = field(default_factory=list[DeadLetter])
    failures: list[None] = field(default_factory=list[None])

    def write(self, record: Record, stage: str, error_class: str, reason: str) -> bool:
        """Keep a record, unless a failure is due."""
        if self.failures:
            self.failures.pop()
            return False
        self.written.append(_letter(record, stage, error_class, reason))
        return True


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
        report = self._publish(_letter(record, stage, error_class, reason), record.timestamp_ms)
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


def _letter(record: Record, stage: str, error_class: str, reason: str) -> DeadLetter:
    return DeadLetter(
        record.key, record.value, record.topic, record.partition, record.offset, stage, error_class, reason
    )
