"""A region of its own for each test: fleet file, topics, and what arrived in them."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ommatid_connectors.kafka import ClientConfig, Record, RecordConsumer, StartAt, client_config, ensure_topics
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraStatus, FrameEvent
from ommatid_schemas.fleet_file import KafkaConnection, parse_fleet, topic_plan
from ommatid_schemas.priority import Priority
from ommatid_schemas.topics import frames_topic, status_topic, triggers_topic

E = TypeVar("E", FrameEvent, CameraStatus)


class Site:
    """One region at a broker, with one group of cameras.

    Args:
        bootstrap: The broker.
        region: Name of the region.
        topics: Whether its topics exist from the start.
    """

    def __init__(self, bootstrap: str, region: str, *, topics: bool = True) -> None:
        self.bootstrap = bootstrap
        self.client: ClientConfig = client_config(KafkaConnection(bootstrap=bootstrap))
        self.frames_topic = frames_topic(region, Priority.SAFETY, "doors")
        self.triggers_topic = triggers_topic(region, Priority.SAFETY)
        self.status_topic = status_topic(region)
        self._region = region
        if topics:
            self.create_topics()

    def create_topics(self) -> None:
        """Create what the fleet file plans."""
        ensure_topics(self.client, topic_plan(parse_fleet(self.fleet({})), self._region))

    def fleet(self, cameras: Mapping[str, Mapping[str, Any]], bootstrap: str | None = None) -> str:
        """Text of a fleet file (JSON is YAML) with these cameras."""
        return json.dumps(
            {
                "version": 1,
                "regions": {self._region: {"kafka": {"bootstrap": bootstrap or self.bootstrap}}},
                "groups": {
                    "doors": {"priority": "safety", "sampling": {"baseline": "1s"}, "publish": {"max_width": 320}}
                },
                "cameras": {
                    name: {**camera, "region": self._region, "group": "doors"} for name, camera in cameras.items()
                },
            }
        )

    def read(
        self, topic: str, kind: type[E], enough: Callable[[list[E]], bool], deadline_s: float = 20.0
    ) -> list[tuple[Record, E]]:
        """Records of a topic from its beginning, until there are enough; fails at the deadline."""
        found: list[tuple[Record, E]] = []
        give_up_at = time.monotonic() + deadline_s
        with RecordConsumer.of_all_partitions(self.client, [topic], start=StartAt.EARLIEST) as consumer:
            while not enough([event for _, event in found]):
                assert time.monotonic() < give_up_at, f"{topic}: only {len(found)} record(s) in {deadline_s} s"
                polled = consumer.poll(0.1)
                if isinstance(polled, Record):
                    found.append((polled, SingleObjectCodec().decode(kind, polled.value)))
        return found
