"""Reports of a group's process that wait for the agent to read them."""

import threading
from collections import Counter, defaultdict, deque

from ommatid_edge.camera_condition import Condition
from ommatid_edge.camera_group.messages import ConditionChanged, FrameChosen, FramesDropped, Report
from ommatid_edge.camera_group.wire import encode_report
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason


class Outbox:
    """A queue bounded by bytes, and the counts that go with the next batch; a :class:`FrameOutlet`.

    Nothing here waits: when the agent does not read, frames are dropped and counted.

    Args:
        limit_bytes: Most bytes of waiting frames; one frame is always taken.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._dropped: defaultdict[str, Counter[DropReason]] = defaultdict(Counter)

    def chosen(self, frame: ChosenFrame) -> None:
        """Queue a frame; without room it is dropped."""
        encoded = encode_report(FrameChosen(frame))
        with self._changed:
            if self._waiting and self._waiting_bytes + len(encoded) > self._limit_bytes:
                self._dropped[frame.camera_id][DropReason.QUEUE_FULL] += 1
            else:
                self._put(encoded)

    def dropped(self, camera_id: str, reason: DropReason, count: int = 1) -> None:
        """Count frames that are not published."""
        with self._changed:
            self._dropped[camera_id][reason] += count

    def condition(self, camera_id: str, condition: Condition) -> None:
        """Queue the condition of a camera; conditions are few and small, so they always have room."""
        self.put(ConditionChanged(camera_id, condition))

    def put(self, report: Report) -> None:
        """Queue a small report."""
        encoded = encode_report(report)
        with self._changed:
            self._put(encoded)

    def flush_counts(self) -> None:
        """Queue the counts since the last flush."""
        with self._changed:
            if self._dropped:
                self._put(encode_report(FramesDropped(self._dropped)))
                self._dropped = defaultdict(Counter)

    def take(self, wait_s: float) -> bytes | None:
        """The oldest report, encoded; None when there is none within ``wait_s`` seconds."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(wait_s)
            if not self._waiting:
                return None
            taken = self._waiting.popleft()
            self._waiting_bytes -= len(taken)
            return taken

    def _put(self, encoded: bytes) -> None:
        self._waiting.append(encoded)
        self._waiting_bytes += len(encoded)
        self._changed.notify()
