"""What models saw in frames, read back from the topic of detections."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from ommatid_connectors.kafka import Record
from ommatid_schemas import Codec, DecodeError, FrameEvent, FrameResult


class ReadsTopic(Protocol):
    """What :class:`ommatid_connectors.kafka.TopicReader` does."""

    def since(self, since_ms: int, silence_s: float) -> Generator[Record]:
        """Records from a time on to the end; raises OmmatidError where they cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class FrameResults:
    """Results of frames. Records of detections carry the time of capture, which says where to begin; one thread.

    Attributes:
        reader: Reads the detections of the region.
        codec: Decodes them.
        deadline_s: Longest search.
        now_s: Monotonic clock, seconds.
    """

    reader: ReadsTopic
    codec: Codec
    deadline_s: float = 2.0
    now_s: Callable[[], float] = time.monotonic

    def find(self, frames: Sequence[FrameEvent]) -> dict[str, FrameResult]:
        """Results of frames by frame id; what is not found in time is left out.

        Raises:
            OmmatidError: The topic could not be read.
        """
        wanted = {(it.camera_id.encode(), it.frame_id) for it in frames}
        found: dict[str, FrameResult] = {}
        # A capture time ahead of the brokers' is not that of the record, which is then not before the publication.
        since_ms = min(min(it.captured_at_us, it.published_at_us) for it in frames) // 1000
        give_up_at_s = self.now_s() + self.deadline_s
        with closing(self.reader.since(since_ms, self.deadline_s)) as records:
            for record in records:
                result = self._result(record, {key for key, _ in wanted})
                if result is not None and (record.key, result.frame_id) in wanted:
                    found.setdefault(result.frame_id, result)
                if len(found) == len(wanted) or self.now_s() > give_up_at_s:
                    break
        return found

    def _result(self, record: Record, cameras: set[bytes]) -> FrameResult | None:
        if record.key not in cameras:
            return None
        try:
            return self.codec.decode(FrameResult, record.value)
        except DecodeError:
            return None
