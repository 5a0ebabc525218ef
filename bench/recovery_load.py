"""The load of bench/recovery.py, and what it reads while everything around it fails."""

import time
from collections import Counter, deque
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from ommatid_connectors.kafka import (
    ClientConfig,
    ProducerSettings,
    Queued,
    Record,
    RecordConsumer,
    RecordProducer,
    StartAt,
)
from ommatid_fleet.flink import FlinkUnreachableError, scrape, total
from ommatid_jobs.operators.sampler import DropReason
from ommatid_schemas import Clock, FrameEvent, FrameResult, Priority, Reason, SingleObjectCodec, frame_id, topics
from street_pictures import HEIGHT_PX, WIDTH_PX, pictures

REGION, GROUP = "recovery", "doors"
PERIOD_US = 500_000
"""Distance of a camera's frames: the motion layer of 2/s takes exactly these."""

_UNDER_WAY_BYTES = 8 * 1024 * 1024  # the edge agent's default
CODEC = SingleObjectCodec()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A result as its reader saw it; ``at_us`` is when, microseconds since the epoch."""

    result: FrameResult
    at_us: int


class Load:
    """Publishes frames of all cameras at a steady rate, from a thread of its own.

    As the edge agent does, it keeps what the producer does not take and says of each frame when it handed it over.
    """

    def __init__(self, client: ClientConfig, cameras: int) -> None:
        self.published: dict[str, int] = {}
        self._cameras = [f"door-{number}" for number in range(cameras)]
        self._client = client
        self._image = pictures()[0]
        self._stop = Event()
        self._thread = Thread(target=self._run, name="load")

    @contextmanager
    def running(self) -> Generator[None]:
        """Publish inside the block; at its end, wait until the broker has everything."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    @property
    def frame_bytes(self) -> int:
        """Size of each image."""
        return len(self._image)

    def _run(self) -> None:
        settings = ProducerSettings(queue_bytes=_UNDER_WAY_BYTES, delivery_timeout_s=None)
        started_us, number = now_us(), 0
        spool: deque[tuple[str, int]] = deque()
        with RecordProducer(self._client, settings) as producer:
            while spool or not self._stop.is_set():
                due_us = started_us + number * PERIOD_US // len(self._cameras)
                time.sleep(max(0, due_us - now_us()) / 1e6)
                if not self._stop.is_set():
                    spool.append((self._cameras[number % len(self._cameras)], due_us))
                    number += 1
                while spool and self._publish(producer, *spool[0]):
                    spool.popleft()
            producer.flush(60.0)

    def _publish(self, producer: RecordProducer, camera: str, at_us: int) -> bool:
        frame = FrameEvent(
            frame_id=frame_id(camera, at_us),
            camera_id=camera,
            region=REGION,
            group=GROUP,
            priority=Priority.SAFETY,
            captured_at_us=at_us,
            clock=Clock.ARRIVAL,
            published_at_us=now_us(),
            agent_id="bench",
            sequence=len(self.published),
            reason=Reason.MOTION,
            motion_score=0.1,
            width=WIDTH_PX,
            height=HEIGHT_PX,
            encoding="jpeg",
            image=self._image,
        )
        topic = topics.frames_topic(REGION, Priority.SAFETY, GROUP)
        outcome = producer.produce(topic, camera.encode(), CODEC.encode(frame), at_us // 1000)
        if isinstance(outcome, Queued):
            self.published[frame.frame_id] = frame.published_at_us
        return isinstance(outcome, Queued)


@dataclass
class Watch:
    """Everything that the job writes, and the drops that it counts, read while it runs."""

    client: ClientConfig
    prometheus_urls: Sequence[str]
    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    dead: list[str] = field(default_factory=list[str])
    _attempts: list[Mapping[str, float]] = field(default_factory=list[Mapping[str, float]])
    _stop: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Generator[None]:
        """Read inside the block, from threads."""
        threads = [Thread(target=self._read, name="results"), Thread(target=self._count, name="counters")]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def fates(self) -> set[str]:
        """Frames with a result or a dead letter."""
        return {it.result.frame_id for it in self.arrivals} | set(self.dead)

    def drops(self) -> Mapping[str, int]:
        """Counted drops by reason over all attempts of the job, but for the last second of each."""
        summed: Counter[str] = Counter()
        for attempt in self._attempts:
            summed.update({reason: int(count) for reason, count in attempt.items()})
        return {reason: summed[reason] for reason in DropReason}

    def _read(self) -> None:
        names = [topics.detections_topic(REGION), topics.dead_letters_topic(REGION)]
        with RecordConsumer.of_all_partitions(self.client, names, start=StartAt.EARLIEST) as consumer:
            while not self._stop.is_set():
                polled = consumer.poll(0.1)
                if isinstance(polled, Record):
                    self._take(polled)

    def _take(self, record: Record) -> None:
        if record.topic == topics.detections_topic(REGION):
            self.arrivals.append(Arrival(CODEC.decode(FrameResult, record.value), now_us()))
        else:
            self.dead.append(CODEC.decode(FrameEvent, record.value).frame_id)

    def _count(self) -> None:
        """Follow the counters; when one falls, another attempt of the job has begun."""
        while not self._stop.wait(0.5):
            found = self._counters()
            if not found:
                continue
            if not self._attempts or any(found.get(it, 0) < count for it, count in self._attempts[-1].items()):
                self._attempts.append(found)
            self._attempts[-1] = found

    def _counters(self) -> Mapping[str, float]:
        try:
            return total(scrape(self.prometheus_urls), "sampler_frames_dropped", by="reason")
        except FlinkUnreachableError:
            return {}


def now_us() -> int:
    """Microseconds since the epoch."""
    return time.time_ns() // 1000
