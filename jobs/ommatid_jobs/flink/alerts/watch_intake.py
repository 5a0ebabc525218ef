"""What the watch over cameras makes of one Kafka record: decode, check, take. Flink only carries the state."""

from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.outgoing import MisplacedRecord, dead_letter_record
from ommatid_jobs.operators.camera_watch import CameraWatch, WatchBook, reported
from ommatid_schemas import topics
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import DecodeError
from ommatid_schemas.events import CameraStatus

STAGE = "watch"


@dataclass(frozen=True, slots=True)
class Taken:
    """A report, and what is known of its camera now."""

    camera_id: str
    camera: CameraWatch


@dataclass(frozen=True, slots=True)
class Unwatched:
    """The fleet file does not name the camera, or has it switched off."""

    camera_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The record is not a report."""

    dead_letter: SinkRecord


Outcome = Taken | Unwatched | Refused


def take(book: WatchBook, cameras: Mapping[str, CameraWatch], record: SourceRecord, judged_us: int) -> Outcome:
    """Take one record of the status topic.

    Args:
        book: Cameras of the region.
        cameras: What is known of them.
        record: The record.
        judged_us: Event time up to which the region was judged.
    """
    try:
        status = _checked_status(record)
    except (DecodeError, MisplacedRecord) as exc:
        return Refused(dead_letter_record(topics.dead_letters_topic(book.region), record, STAGE, exc))
    if status.camera_id not in book.cameras:
        return Unwatched(status.camera_id)
    return Taken(status.camera_id, reported(cameras.get(status.camera_id), status, judged_us))


def _checked_status(record: SourceRecord) -> CameraStatus:
    status = SingleObjectCodec().decode(CameraStatus, record.value or b"")
    if status.camera_id.encode() != record.key:
        raise MisplacedRecord(
            f"key: expected {status.camera_id!r}, found {record.key!r}; who else publishes to {record.topic}?"
        )
    return status
