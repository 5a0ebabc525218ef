"""Kafka records that the jobs write, from events and from what could not become one."""

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.dead_letter import DeadLetter, bounded
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.events import Event

_MAX_ERROR_CHARACTERS = 500


class MisplacedRecord(OmmatidError):
    """A record decodes, but its content contradicts its key, its topic or the fleet file."""


class OversizedRecord(OmmatidError):
    """A record is longer than anything that a job reads."""


def event_record(topic: str, event: Event, captured_at_us: int, now_us: int) -> SinkRecord:
    """The record of an event: key is the camera, timestamp the capture time.

    A capture time in the future is written as now: a broker refuses records that are more than an
    hour ahead of its clock, and one wrong camera clock would stop the job. The event keeps its own.
    """
    timestamp_ms = max(0, min(captured_at_us, now_us)) // 1000
    return SinkRecord(topic, event.camera_id.encode(), SingleObjectCodec().encode(event), {}, timestamp_ms)


def dead_letter_record(topic: str, record: SourceRecord, stage: str, error: BaseException) -> SinkRecord:
    """The dead letter of a record: its own key and bytes, and why ``stage`` refused it.

    It carries the time of the refusal, so that retention counts from there. Of a record that is too large for the
    topic only the beginning is kept: a sink that fails would start the job again, for the same record, for ever.
    """
    letter = DeadLetter(
        key=record.key,
        value=record.value or b"",
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        stage=stage,
        error_class=type(error).__name__,
        error_text=str(error)[:_MAX_ERROR_CHARACTERS],
    )
    letter = bounded(letter)
    return SinkRecord(topic, letter.key, letter.value, letter.headers(), timestamp_ms=None)
