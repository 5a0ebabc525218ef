"""Frames for ``bench/detect.py``: published as fast as they go or at a rate, and their results read back.

The broker stamps both with the time of their append, so rates and latencies are read off one clock.
"""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ommatid_connectors.kafka import (
    ClientConfig,
    QueueFull,
    Record,
    RecordProducer,
    end_offsets,
)
from ommatid_schemas import Clock, FrameEvent, Priority, Reason, SingleObjectCodec, frame_id, topics
from stamped_topics import create_stamped_topics, read_all
from street_pictures import HEIGHT_PX, WIDTH_PX, pictures

CAMERAS = 128
BURST, PACED = "burst", "paced"
_HOUR_US = 3_600_000_000
_PERIOD_US = 500_000
_POLL_S = 0.1
_LEAST_RESULTS = 50

FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups:                                      # every frame is due, and no result triggers anything
  burst: &group
    priority: {priority}
    detector: {detector}
    sampling: {{motion: 100/s, event_min_score: 1, shadow: 0%}}
  paced: *group
cameras:
  camera-0: {{url: "rtsp://camera/0", region: {region}, group: burst}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A region of its own with its topics: frames in, results out."""

    region: str
    priority: Priority
    fleet: Path
    client: ClientConfig

    @classmethod
    def create(cls, region: str, priority: Priority, detector: str, bootstrap: str, folder: Path) -> "Site":
        """Write the fleet file and create the topics."""
        path = folder / f"{region}.yaml"
        path.write_text(FLEET.format(region=region, priority=priority, detector=detector, bootstrap=bootstrap))
        return cls(region, priority, path, create_stamped_topics(path, region))

    def frames_topic(self, group: str) -> str:
        """Topic of a group."""
        return topics.frames_topic(self.region, self.priority, group)

    @property
    def arguments(self) -> list[str]:
        """For whatever serves this region."""
        return ["--fleet", str(self.fleet), "--region", self.region, "--priority", self.priority]

    def results(self) -> int:
        """Results so far."""
        return sum(end_offsets(self.client, topics.detections_topic(self.region)).values())

    def dead_letters(self) -> int:
        """Dead letters so far."""
        return sum(end_offsets(self.client, topics.dead_letters_topic(self.region)).values())

    def wait_for_results(self, count: int, deadline_s: float) -> None:
        """Wait until the broker holds so many results in all.

        Raises:
            TimeoutError: They did not come; what is there is in the message.
        """
        give_up_at = time.monotonic() + deadline_s
        while (found := self.results()) < count:
            if time.monotonic() > give_up_at:
                raise TimeoutError(
                    f"{self.region}: expected {count} results within {deadline_s:.0f} s, found {found} "
                    f"and {self.dead_letters()} dead letters"
                )
            time.sleep(_POLL_S)

    def read(self, topic: str) -> list[Record]:
        """Everything that a topic holds now."""
        return read_all(self.client, topic)


class Frames:
    """Frames of many cameras in turn, each two a second by its own clock, all moving, none of them stale ever.

    Args:
        site: Where they belong.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pictures = itertools.cycle(pictures())
        self._numbers = itertools.count()
        self._start_us = time.time_ns() // 1000

    def of(self, group: str) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values for a topic, without end."""
        codec = SingleObjectCodec()
        for number in self._numbers:
            frame = self._frame(group, number)
            yield frame.camera_id.encode(), codec.encode(frame)

    def _frame(self, group: str, number: int) -> FrameEvent:
        camera, turn = f"camera-{number % CAMERAS}", number // CAMERAS
        captured_at_us = self._start_us + turn * _PERIOD_US
        return FrameEvent(
            frame_id=frame_id(camera, captured_at_us),
            camera_id=camera,
            region=self._site.region,
            group=group,
            priority=self._site.priority,
            captured_at_us=captured_at_us,
            clock=Clock.RTCP,
            published_at_us=captured_at_us + _HOUR_US,
            agent_id="load",
            sequence=number,
            reason=Reason.MOTION,
            motion_score=0.1,
            width=WIDTH_PX,
            height=HEIGHT_PX,
            encoding="jpeg",
            image=next(self._pictures),
        )


def publish(producer: RecordProducer, topic: str, frames: Iterator[tuple[bytes, bytes]], count: int) -> None:
    """Publish frames as fast as the broker takes them, and wait until it has them."""
    for key, value in itertools.islice(frames, count):
        while isinstance(producer.produce(topic, key, value, time.time_ns() // 1_000_000), QueueFull):
            time.sleep(0.002)
    producer.flush(60.0)


def publish_at(
    producer: RecordProducer, topic: str, frames: Iterator[tuple[bytes, bytes]], per_s: float, seconds: float
) -> int:
    """Publish frames evenly, as many cameras together do; returns how many."""
    count, start_s = round(per_s * seconds), time.monotonic()
    for number, (key, value) in enumerate(itertools.islice(frames, count)):
        time.sleep(max(0.0, start_s + number / per_s - time.monotonic()))
        producer.produce(topic, key, value, time.time_ns() // 1_000_000)
    producer.flush(10.0)
    return count


def steady_rate(appended_ms: Sequence[int], since_ms: float) -> float:
    """Results per second between a time and the last result; the first and last tenth of them are left out.

    Raises:
        ValueError: Too few came after that time to tell: the load was no faster than what it loads.
    """
    window = sorted(at for at in appended_ms if at >= since_ms)
    if len(window) < _LEAST_RESULTS or window[-len(window) // 10] == window[len(window) // 10]:
        raise ValueError(
            f"expected {_LEAST_RESULTS} results or more after the whole backlog was published, over some time, found "
            f"{len(window)} of {len(appended_ms)}; give it more seconds"
        )
    window = window[len(window) // 10 : -max(1, len(window) // 10)]
    return 1000 * (len(window) - 1) / (window[-1] - window[0])
