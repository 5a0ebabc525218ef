"""A region of its own for one test: fleet file, topics, records in and out, and the jobs that run for it."""

# The admin module does not mark what it re-exports, and its futures carry no type of their result.
# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from ommatid_connectors.kafka import (
    Delivered,
    DeliveryReport,
    ProducerSettings,
    Queued,
    ReadFailed,
    Record,
    RecordConsumer,
    RecordProducer,
    StartAt,
    client_config,
    ensure_topics,
)
from ommatid_fleet.flink import FlinkRest, submit
from ommatid_fleet.local import FlinkCluster, KafkaBroker
from ommatid_schemas import Event, FrameEvent, Priority, Reason, SingleObjectCodec, topics
from ommatid_schemas.fleet_file import load_fleet, topic_plan
from tests.sample_events import sample_frame

_LARGE_BYTES = 64 * 1024 * 1024
FLEET = """
version: 1
regions:
  {region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}
groups:
  entrances:
    priority: safety
    sampling: {{baseline: 30s, motion: 2/s, event: 30s, shadow: 0%}}
  yards:                                     # never triggers: no score is above 1
    priority: safety
    sampling: {{baseline: 30s, motion: 2/s, event: 30s, event_min_score: 1, shadow: 0%}}
cameras:
  lobby-1:
    {{url: "rtsp://camera/1", region: {region}, group: entrances,
      zones: {{door: {{coordinates: [0.4, 0.5, 0.6, 0.5, 0.6, 1.0, 0.4, 1.0]}}}}}}
  yard-1: {{url: "rtsp://camera/2", region: {region}, group: yards}}
rules:
  person-at-door: {{groups: [entrances], labels: [person], zones: [door], confirm: 2 of 3, cooldown: 60s}}
"""


@dataclass(frozen=True, slots=True)
class RegionUnderTest:
    """One region on the shared broker and cluster."""

    name: str
    fleet: Path
    broker: KafkaBroker
    cluster: FlinkCluster

    @classmethod
    def create(cls, name: str, folder: Path, broker: KafkaBroker, cluster: FlinkCluster) -> "RegionUnderTest":
        """Write the fleet file and create the topics."""
        fleet = folder / "fleet.yaml"
        fleet.write_text(FLEET.format(region=name, bootstrap=broker.bootstrap), encoding="utf-8")
        region = cls(name, fleet, broker, cluster)
        ensure_topics(region.client, topic_plan(load_fleet(fleet), name))
        return region

    @property
    def client(self):
        return client_config(load_fleet(self.fleet).regions[self.name].kafka)

    @property
    def rest(self) -> FlinkRest:
        return FlinkRest(self.cluster.rest_url)

    @property
    def environment(self) -> dict[str, str]:
        """Lets the submitting client import the jobs of the tests."""
        return {"PYTHONPATH": str(Path(__file__).parents[2])}

    def frames_topic(self, group: str) -> str:
        return topics.frames_topic(self.name, Priority.SAFETY, group)

    def start(self, module: str, *arguments: str, savepoint: str | None = None) -> str:
        """Submit a job and wait until its Python workers are up."""
        job = submit(
            module,
            ["--fleet", str(self.fleet), "--region", self.name, *arguments],
            jobmanager=self.cluster.jobmanager,
            python=Path(sys.executable),
            savepoint=savepoint,
            environment=self.environment,
        )
        self.rest.wait_until_running(job)
        return job

    def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Publish events in order and wait until the broker has them."""
        self.publish_bytes([(topic, event.camera_id.encode(), SingleObjectCodec().encode(event)) for event in events])

    def publish_bytes(
        self, records: Sequence[tuple[str, bytes | None, bytes]], headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Publish (topic, key, value) in order and wait until the broker has them."""
        reports: list[DeliveryReport] = []
        settings = ProducerSettings(queue_bytes=4 * _LARGE_BYTES, max_record_bytes=_LARGE_BYTES)
        with RecordProducer(self.client, settings, reports.append) as producer:
            for topic, key, value in records:
                at_ms = time.time_ns() // 1_000_000
                taken = producer.produce(topic, key, value, at_ms, headers=headers or {})
                assert taken == Queued(), taken
            assert producer.flush(30.0) == 0
        assert [it for it in reports if not isinstance(it, Delivered)] == []

    def publish_nothing(self, topic: str, key: bytes) -> None:
        """Publish a tombstone: a record without a value, which no producer of ours writes."""
        producer = Producer(dict(self.client))
        producer.produce(topic, key=key, value=None)
        assert producer.flush(10.0) == 0

    def take_large_records(self, topic: str) -> None:
        """Let a topic take records of 64 MiB, as an operator may who knows no better."""
        entry = ConfigEntry("max.message.bytes", str(_LARGE_BYTES), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        admin = AdminClient(dict(self.client))
        admin.incremental_alter_configs([resource])[resource].result()

    def read(self, topic: str, enough: Callable[[list[Record]], bool], deadline_s: float = 60.0) -> list[Record]:
        """All records of a topic from the start, once there are enough; fails when they do not come."""
        found: list[Record] = []
        give_up_at = time.monotonic() + deadline_s
        with RecordConsumer.of_all_partitions(self.client, topics=[topic], start=StartAt.EARLIEST) as consumer:
            while not enough(found):
                assert time.monotonic() < give_up_at, f"{topic}: not enough in {len(found)} records: {found[-3:]}"
                polled = consumer.poll(0.5)
                assert not isinstance(polled, ReadFailed), polled
                if polled is not None:
                    found.append(polled)
        return found


def moving_frame(region: RegionUnderTest, camera_id: str, group: str, captured_at_us: int, image: bytes) -> FrameEvent:
    """A frame that was published because something moved; in the future, so that no slow machine sheds it as stale."""
    return sample_frame(
        captured_at_us,
        camera_id,
        region=region.name,
        group=group,
        published_at_us=captured_at_us + 3_600_000_000,
        image=image,
    )


def claimed(frame: FrameEvent, reason: Reason) -> FrameEvent:
    """The frame, published for another reason."""
    return replace(frame, reason=reason)
