"""Frames that a Kafka topic still holds, in the order in which they were published.

They are written to a temporary file first: partitions are read beside each other, and a day of a group is more than
fits into memory.
"""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_connectors.kafka import Record
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.errors import DecodeError
from ommatid_schemas.events import FrameEvent
from ommatid_schemas.replay import REPLAY_HEADER

NO_FRAME = "NO_FRAME"
"""Stands for the reason of publication of a record that is no frame."""


@dataclass(frozen=True, slots=True, order=True)
class _Kept:
    """Where a record is kept; ordered by time of publication, then by place in the topic."""

    published_at_us: int
    partition: int
    offset: int
    reason: str
    topic: str
    key: bytes | None
    replay: str | None
    at_bytes: int
    length_bytes: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A record, when its frame was published, microseconds since the epoch, and for which reason."""

    record: SourceRecord
    published_at_us: int
    reason: str


class RecordedFrames:
    """Keeps records on disk until it is closed, and gives them back as often as wanted.

    A record that is no frame counts as published at its own timestamp, for the reason :data:`NO_FRAME`.
    """

    def __init__(self) -> None:
        # Closed by __exit__.
        self._file = tempfile.TemporaryFile(prefix="ommatid-backtest-")  # noqa: SIM115
        self._kept: list[_Kept] = []
        self._codec = SingleObjectCodec()

    def keep(self, records: Iterable[Record], *, from_ms: int, to_ms: int, camera_id: str | None = None) -> None:
        """Keep those of the records that are wanted.

        Args:
            records: Of any partitions, in any order.
            from_ms: Leave out those with an earlier timestamp, milliseconds since the epoch.
            to_ms: Leave out those with this timestamp or a later one.
            camera_id: Leave out those with another key; None for none.
        """
        for record in records:
            if from_ms <= record.timestamp_ms < to_ms and (camera_id is None or record.key == camera_id.encode()):
                self._keep(record)
        self._kept.sort()

    def __len__(self) -> int:
        """Number of records."""
        return len(self._kept)

    def __iter__(self) -> Iterator[Recorded]:
        """Records by time of publication."""
        for kept in self._kept:
            self._file.seek(kept.at_bytes)
            value = self._file.read(kept.length_bytes)
            record = SourceRecord(kept.key, value, kept.topic, kept.partition, kept.offset, kept.replay)
            yield Recorded(record, kept.published_at_us, kept.reason)

    @property
    def cameras(self) -> int:
        """Number of keys."""
        return len({kept.key for kept in self._kept})

    def __enter__(self) -> Self:
        """The frames themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Give the disk back."""
        self._file.close()

    def _keep(self, record: Record) -> None:
        published_at_us, reason = self._published(record)
        replay = record.headers.get(REPLAY_HEADER)
        kept = _Kept(
            published_at_us,
            record.partition,
            record.offset,
            reason,
            record.topic,
            record.key,
            None if replay is None else replay.decode(errors="replace"),
            self._file.tell(),
            len(record.value),
        )
        self._file.write(record.value)
        self._kept.append(kept)

    def _published(self, record: Record) -> tuple[int, str]:
        try:
            frame = self._codec.decode(FrameEvent, record.value)
        except DecodeError:
            return record.timestamp_ms * 1000, NO_FRAME
        return frame.published_at_us, frame.reason.value
