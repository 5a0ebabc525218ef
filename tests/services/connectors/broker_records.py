"""What tests do to topics on a real broker, whatever they test."""

# The admin client's futures carry no type of their result.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import time
from collections.abc import Sequence

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ommatid_connectors.kafka import (
    ClientConfig,
    Delivered,
    DeliveryReport,
    Record,
    RecordConsumer,
    RecordProducer,
    TopicPosition,
)

# A minute ago: the broker deletes what is older than its topic's retention.
AT_MS = time.time_ns() // 1_000_000 - 60_000


def publish(producer: RecordProducer, topic: str, values: Sequence[bytes], key: bytes = b"camera-1") -> list[Delivered]:
    """Publish values under one key and return where they stand."""
    reports: list[DeliveryReport] = []
    for value in values:
        producer.produce(topic, key, value, AT_MS, headers={"n": b"1"}, on_delivery=reports.append)
    assert producer.flush(10.0) == 0
    return [report for report in reports if isinstance(report, Delivered)]


def read(consumer: RecordConsumer, count: int, deadline_s: float = 20.0) -> list[Record]:
    """Read records until there are enough or the deadline has passed."""
    records: list[Record] = []
    give_up_at = time.monotonic() + deadline_s
    while len(records) < count and time.monotonic() < give_up_at:
        polled = consumer.poll(0.2)
        if isinstance(polled, Record):
            records.append(polled)
    return records


def delete_before(client: ClientConfig, position: TopicPosition) -> None:
    """Let retention pass, up to a position."""
    admin = AdminClient(dict(client))
    place = TopicPartition(position.topic, position.partition, position.offset)
    for future in admin.delete_records([place]).values():
        future.result(10.0)
