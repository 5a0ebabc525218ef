"""Frames for ``bench/flood.py``: quiet cameras and one that floods; what became of them, by the broker's clock."""

import heapq
import itertools
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ommatid_connectors.kafka import (
    ClientConfig,
    QueueFull,
    Record,
    RecordProducer,
)
from ommatid_schemas import (
    Clock,
    FrameEvent,
    Priority,
    Reason,
    SingleObjectCodec,
    Trigger,
    frame_id,
    topics,
)
from stamped_topics import create_stamped_topics, read_all
from street_pictures import HEIGHT_PX, WIDTH_PX, pictures

QUIET_CAMERAS = 30
QUIET_PER_S = 0.25
"""Of each quiet camera: seven times its baseline; of all, a third of what NanoDet does on one core."""
FLOOD_PER_S = 200.0
PRIORITY = Priority.STANDARD
EVENT_WINDOW_US = 30_000_000

FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups:                                      # no result triggers anything: the bench opens the event layer itself
  default: {{priority: {priority}, detector: {detector}, sampling: {{event_min_score: 1, shadow: 0%}}}}
  every: {{priority: {priority}, detector: {detector}, sampling: {{event_rate: null, event_min_score: 1, shadow: 0%}}}}
cameras:
  camera-0: {{url: "rtsp://camera/0", region: {region}, group: default}}
  camera-1: {{url: "rtsp://camera/1", region: {region}, group: every}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A region of its own with its topics, all stamped by the broker at the append."""

    region: str
    fleet: Path
    client: ClientConfig

    @classmethod
    def create(cls, region: str, detector: str, bootstrap: str, folder: Path) -> "Site":
        """Write the fleet file and create the topics."""
        path = folder / f"{region}.yaml"
        path.write_text(FLEET.format(region=region, priority=PRIORITY, detector=detector, bootstrap=bootstrap))
        return cls(region, path, create_stamped_topics(path, region))

    def frames_topic(self, group: str) -> str:
        """Topic of a group."""
        return topics.frames_topic(self.region, PRIORITY, group)

    def read(self, topic: str) -> list[Record]:
        """Everything that a topic holds now."""
        return read_all(self.client, topic)


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time in which one group's cameras publish.

    Attributes:
        group: Of the cameras.
        name: Part of the camera ids, so that phases can be told apart.
        flood_per_s: Frames per second of the one that floods; 0 for none.
    """

    group: str
    name: str
    seconds: float
    flood_per_s: float = 0.0

    @property
    def flooding(self) -> str:
        """Id of the camera that floods."""
        return f"flood-{self.group}-{self.name}"

    def is_quiet(self, camera_id: str) -> bool:
        """Whether a camera is a quiet one of this phase."""
        return camera_id.startswith(f"quiet-{self.group}-{self.name}-")

    def due(self) -> Iterator[tuple[float, str]]:
        """When each frame is due, seconds from the start, and its camera; in order."""
        period_s = 1 / QUIET_PER_S
        quiet = [
            self._every(period_s, f"quiet-{self.group}-{self.name}-{number}", number / QUIET_CAMERAS * period_s)
            for number in range(QUIET_CAMERAS)
        ]
        flood = [self._every(1 / self.flood_per_s, self.flooding, 0.0)] if self.flood_per_s else []
        return heapq.merge(*quiet, *flood)

    def _every(self, period_s: float, camera_id: str, first_s: float) -> Iterator[tuple[float, str]]:
        for number in itertools.count():
            if (at_s := first_s + number * period_s) >= self.seconds:
                return
            yield at_s, camera_id


class Cameras:
    """Publishes phases in real time: captured now, published now."""

    def __init__(self, site: Site, producer: RecordProducer) -> None:
        self._site, self._producer = site, producer
        self._pictures = itertools.cycle(pictures())
        self._codec = SingleObjectCodec()

    def publish(self, phase: Phase) -> Counter[str]:
        """Publish a phase, with the event layer of the flood open; returns frames by camera."""
        frames: Counter[str] = Counter()
        topic, start_s = self._site.frames_topic(phase.group), time.monotonic()
        for at_s, camera_id in phase.due():
            if frames[camera_id] == 0 and camera_id == phase.flooding:
                self._open_event_layer(camera_id)
            time.sleep(max(0.0, start_s + at_s - time.monotonic()))
            frames[camera_id] += 1
            self._send(topic, camera_id, self._codec.encode(self._frame(phase.group, camera_id)))
        self._producer.flush(10.0)
        return frames

    def _open_event_layer(self, camera_id: str) -> None:
        now_us = time.time_ns() // 1000
        trigger = Trigger(camera_id, now_us + EVENT_WINDOW_US, frame_id(camera_id, now_us), score=0.9)
        self._send(topics.triggers_topic(self._site.region, PRIORITY), camera_id, self._codec.encode(trigger))

    def _send(self, topic: str, camera_id: str, value: bytes) -> None:
        while isinstance(
            self._producer.produce(topic, camera_id.encode(), value, time.time_ns() // 1_000_000), QueueFull
        ):
            time.sleep(0.002)

    def _frame(self, group: str, camera_id: str) -> FrameEvent:
        now_us = time.time_ns() // 1000
        return FrameEvent(
            frame_id=frame_id(camera_id, now_us),
            camera_id=camera_id,
            region=self._site.region,
            group=group,
            priority=PRIORITY,
            captured_at_us=now_us,
            clock=Clock.RTCP,
            published_at_us=now_us,
            agent_id="load",
            sequence=1,
            reason=Reason.MOTION,
            motion_score=0.1,
            width=WIDTH_PX,
            height=HEIGHT_PX,
            encoding="jpeg",
            image=next(self._pictures),
        )
