"""What an agent publishes, collected as it comes, so that many tests can look at one run."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from ommatid_connectors.kafka import Record, RecordConsumer, StartAt
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraState, CameraStatus, FrameEvent
from tests.services.edge_agent.sites import Site


class FaultWatch:
    """Statuses and frames of all cameras of a site since the watch began, oldest first."""

    def __init__(self, site: Site) -> None:
        self._status_topic = site.status_topic
        self._codec = SingleObjectCodec()
        self._statuses: list[CameraStatus] = []
        self._frames: list[FrameEvent] = []

    def take(self, record: Record) -> None:
        """Keep one record of either topic."""
        if record.topic == self._status_topic:
            self._statuses.append(self._codec.decode(CameraStatus, record.value))
        else:
            self._frames.append(self._codec.decode(FrameEvent, record.value))

    def states(self, camera_id: str) -> set[CameraState]:
        """All states that a camera was in."""
        return {it.state for it in self._statuses.copy() if it.camera_id == camera_id}

    def last(self, camera_id: str) -> tuple[CameraState, int] | None:
        """State and reconnects of a camera as it last told them."""
        told = (it for it in reversed(self._statuses.copy()) if it.camera_id == camera_id)
        return next(((it.state, it.reconnects) for it in told), None)

    def frames(self, camera_id: str) -> list[FrameEvent]:
        """Frames of a camera."""
        return [it for it in self._frames.copy() if it.camera_id == camera_id]


@contextmanager
def watching(site: Site) -> Generator[FaultWatch]:
    """Collect in a thread for the length of a ``with`` block."""
    watch, stop = FaultWatch(site), threading.Event()
    topics = [site.status_topic, site.frames_topic]
    with RecordConsumer.of_all_partitions(site.client, topics, start=StartAt.EARLIEST) as consumer:

        def collect() -> None:
            while not stop.is_set():
                polled = consumer.poll(0.1)
                if isinstance(polled, Record):
                    watch.take(polled)

        thread = threading.Thread(target=collect, name="fault-watch", daemon=True)
        thread.start()
        try:
            yield watch
        finally:
            stop.set()
            thread.join()
