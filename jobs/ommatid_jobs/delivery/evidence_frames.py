"""Frames of an alert's evidence, read back by their positions."""

from dataclasses import dataclass
from typing import Protocol

from ommatid_connectors.kafka import Expired, ReadFailed, Record
from ommatid_schemas import Codec, DecodeError, Evidence, FrameEvent


class ReadsRecords(Protocol):
    """What :class:`ommatid_connectors.kafka.RecordReader` does."""

    def read(self, topic: str, partition: int, offset: int, deadline_s: float = 5.0) -> Record | Expired | ReadFailed:
        """The record at a position, or why there is none."""
        ...


@dataclass(frozen=True, slots=True)
class EvidenceFrames:
    """Reads frames; one thread.

    Attributes:
        reader: Reads records by position.
        codec: Decodes them.
        deadline_s: Longest wait for a frame.
    """

    reader: ReadsRecords
    codec: Codec
    deadline_s: float = 3.0

    def read(self, evidence: Evidence) -> FrameEvent | str:
        """The frame, or why there is none, one sentence."""
        at = evidence.frame_ref
        record = self.reader.read(at.topic, at.partition, at.offset, self.deadline_s)
        if not isinstance(record, Record):
            return record.reason
        try:
            frame = self.codec.decode(FrameEvent, record.value)
        except DecodeError as exc:
            return str(exc)
        return frame if frame.frame_id == evidence.frame_id else _other_frame(evidence, frame)


def _other_frame(evidence: Evidence, frame: FrameEvent) -> str:
    """A topic that was deleted and created anew counts its offsets from 0 again."""
    at = evidence.frame_ref
    return (
        f"{at.topic} partition {at.partition} offset {at.offset}: expected frame {evidence.frame_id}, "
        f"found {frame.frame_id}; was the topic created anew?"
    )
