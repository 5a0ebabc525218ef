"""From a chosen frame to a record, and from its acknowledgement to the counters."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.delivery_watch import Progress
from ommatid_edge.frame_counters import FrameCounters
from ommatid_edge.frame_selection import Chosen, DropReason
from ommatid_edge.jpeg import ENCODING, Jpeg
from ommatid_edge.record_sink import OutgoingRecord, RecordSink
from ommatid_schemas.codec import Codec
from ommatid_schemas.events import CameraStatus, FrameEvent, Reason, frame_id
from ommatid_schemas.topics import status_topic


@dataclass(frozen=True, slots=True)
class PublisherClock:
    """``epoch_us`` for stamps in records, ``monotonic_s`` for durations."""

    epoch_us: Callable[[], int]
    monotonic_s: Callable[[], float]


class FramePublisher:
    """Publishes one region's frames and statuses; safe to use from several threads.

    Args:
        sink: Where records go.
        codec: Encoding of their values.
        agent_id: This agent.
        clock: Time.
        on_acknowledged: Told how long the broker took, in seconds.
    """

    def __init__(
        self,
        sink: RecordSink,
        codec: Codec,
        agent_id: str,
        clock: PublisherClock,
        on_acknowledged: Callable[[float], None],
    ) -> None:
        self._sink = sink
        self._codec = codec
        self._agent_id = agent_id
        self._clock = clock
        self._on_acknowledged = on_acknowledged
        self._lock = threading.Lock()
        self._acknowledged = 0
        self._failed = 0
        self._last_failure = ""

    def publish_frame(
        self, plan: CameraPlan, chosen: Chosen, jpeg: Jpeg, sequence: int, counters: FrameCounters
    ) -> DropReason | None:
        """Hand one frame over; its counters follow when it is acknowledged or given up.

        Args:
            plan: Camera.
            chosen: Capture time and reason.
            jpeg: Encoded picture.
            sequence: Number of the frame among those published for this camera, from 0.
            counters: Counters of this camera.

        Returns:
            None when the frame is on its way, else why it was refused; the caller counts refusals.
        """
        event = self._frame_event(plan, chosen, jpeg, sequence)
        record = OutgoingRecord(
            plan.topic, plan.camera_id.encode(), self._codec.encode(event), chosen.captured_at_us // 1000
        )
        done = partial(self._frame_done, counters, chosen.reason, self._clock.monotonic_s())
        return self._sink.send(record, done)

    def publish_status(self, region: str, status: CameraStatus) -> None:
        """Hand one camera's status over; a status that cannot be sent is replaced by the next one."""
        record = OutgoingRecord(
            status_topic(region),
            status.camera_id.encode(),
            self._codec.encode(status),
            status.reported_at_us // 1000,
        )
        self._sink.send(record, self._count)

    def progress(self) -> Progress:
        """What has become of everything handed over so far."""
        with self._lock:
            return Progress(self._acknowledged, self._failed, self._sink.queued, self._last_failure)

    def _frame_event(self, plan: CameraPlan, chosen: Chosen, jpeg: Jpeg, sequence: int) -> FrameEvent:
        return FrameEvent(
            frame_id=frame_id(plan.camera_id, chosen.captured_at_us),
            camera_id=plan.camera_id,
            region=plan.region,
            group=plan.group,
            priority=plan.priority,
            captured_at_us=chosen.captured_at_us,
            clock=chosen.clock,
            published_at_us=self._clock.epoch_us(),
            agent_id=self._agent_id,
            sequence=sequence,
            reason=chosen.reason,
            motion_score=chosen.motion_score,
            width=jpeg.width_px,
            height=jpeg.height_px,
            encoding=ENCODING,
            image=jpeg.image,
        )

    def _frame_done(self, counters: FrameCounters, reason: Reason, sent_at_s: float, failure: str | None) -> None:
        self._count(failure)
        if failure is not None:
            counters.dropped(DropReason.DELIVERY_FAILED)
            return
        counters.published(reason)
        self._on_acknowledged(self._clock.monotonic_s() - sent_at_s)

    def _count(self, failure: str | None) -> None:
        with self._lock:
            if failure is None:
                self._acknowledged += 1
            else:
                self._failed += 1
                self._last_failure = failure
