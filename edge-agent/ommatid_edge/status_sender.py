"""Sends the cameras' statuses: of each camera one at a time, and then only the latest."""

import threading
from functools import partial

from ommatid_edge.delivery_tally import DeliveryTally
from ommatid_edge.record_sink import Acknowledged, Busy, Outcome, OutgoingRecord, RecordSink
from ommatid_schemas.codec import Codec
from ommatid_schemas.events import CameraStatus
from ommatid_schemas.topics import status_topic


class StatusSender:
    """Keeps at most two statuses per camera, so an outage does not fill the sink; safe to use from several threads.

    Args:
        sink: Where records go.
        codec: Encoding of their values.
        tally: Told of the outcomes.
    """

    def __init__(self, sink: RecordSink, codec: Codec, tally: DeliveryTally) -> None:
        self._sink = sink
        self._codec = codec
        self._tally = tally
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._next: dict[str, tuple[str, CameraStatus]] = {}

    def send(self, region: str, status: CameraStatus) -> None:
        """Send a status, once the camera's last one is acknowledged; a newer one takes its place meanwhile."""
        with self._lock:
            if status.camera_id in self._under_way:
                self._next[status.camera_id] = (region, status)
                return
            self._under_way.add(status.camera_id)
        self._hand_over(region, status)

    def _hand_over(self, region: str, status: CameraStatus) -> None:
        camera_id = status.camera_id
        value, at_ms = self._codec.encode(status), status.reported_at_us // 1000
        record = OutgoingRecord(status_topic(region), camera_id.encode(), value, at_ms)
        refusal = self._sink.send(record, partial(self._done, camera_id))
        if isinstance(refusal, Busy):
            self._finished(camera_id)
        elif refusal is not None:
            self._done(camera_id, refusal)

    def _done(self, camera_id: str, outcome: Outcome) -> None:
        self._tally.count(outcome)
        latest = self._finished(camera_id)
        # After a failure the next report is soon enough: trying at once would try for ever.
        if latest is not None and isinstance(outcome, Acknowledged):
            self.send(*latest)

    def _finished(self, camera_id: str) -> tuple[str, CameraStatus] | None:
        with self._lock:
            self._under_way.discard(camera_id)
            return self._next.pop(camera_id, None)
