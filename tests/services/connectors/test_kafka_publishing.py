from collections.abc import Callable

import pytest

from ommatid_connectors.kafka import (
    ClientConfig,
    Delivered,
    DeliveryFailed,
    DeliveryReport,
    ProducerSettings,
    Queued,
    QueueFull,
    RecordProducer,
    TooLarge,
    end_offsets,
)
from tests.services.connectors.broker_records import AT_MS


def reports_of(producer: RecordProducer, topic: str, keys: list[bytes | None]) -> list[DeliveryReport]:
    reports: list[DeliveryReport] = []
    for key in keys:
        assert producer.produce(topic, key, b"value", AT_MS, on_delivery=reports.append) == Queued()
    assert producer.flush(10.0) == 0
    return reports


def test_an_acknowledged_record_reports_its_position(producer: RecordProducer, topic: str) -> None:
    (report,) = reports_of(producer, topic, [b"camera-1"])

    assert isinstance(report, Delivered)
    assert (topic, 0) == (report.topic, report.offset)


# Hashes from org.apache.kafka.common.utils.UtilsTest; a partition is (hash & 0x7fffffff) % partitions.
@pytest.mark.parametrize(
    ("key", "java_hash"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_goes_to_the_partition_that_java_chooses(
    producer: RecordProducer, topic: str, key: bytes, java_hash: int
) -> None:
    (report,) = reports_of(producer, topic, [key])

    assert isinstance(report, Delivered)
    assert (java_hash & 0x7FFFFFFF) % 3 == report.partition


def test_records_of_one_camera_keep_their_order(producer: RecordProducer, topic: str) -> None:
    reports = reports_of(producer, topic, [b"camera-7"] * 50)

    assert list(range(50)) == [report.offset for report in reports if isinstance(report, Delivered)]


def test_a_record_above_the_limit_is_refused_at_once(producer: RecordProducer, topic: str) -> None:
    outcome = producer.produce(topic, b"camera-1", bytes(2 * 1024 * 1024 + 1), AT_MS)

    assert TooLarge(2 * 1024 * 1024 + 1, 2 * 1024 * 1024) == outcome


def test_a_missing_topic_fails_the_record_and_creates_nothing(
    client: ClientConfig, unique_name: Callable[[str], str]
) -> None:
    reports: list[DeliveryReport] = []
    with RecordProducer(client, ProducerSettings(delivery_timeout_s=1.0), on_delivery=reports.append) as producer:
        producer.produce(unique_name("nowhere"), None, b"value", AT_MS)

    assert [DeliveryFailed] == [type(report) for report in reports]


def test_a_full_queue_is_a_value_and_every_queued_record_is_reported_once(free_port: int) -> None:
    client: ClientConfig = {"bootstrap.servers": f"127.0.0.1:{free_port}"}
    reports: list[DeliveryReport] = []
    producer = RecordProducer(client, ProducerSettings(queue_bytes=64 * 1024), on_delivery=reports.append)

    outcomes = [producer.produce("frames", None, bytes(10_000), AT_MS) for _ in range(10)]
    left = producer.close(deadline_s=0.1)

    queued = outcomes.count(Queued())
    assert isinstance(outcomes[-1], QueueFull)
    assert queued == left == len(reports)
    assert all(isinstance(report, DeliveryFailed) for report in reports)
    assert producer.queued_bytes == 0


def test_end_offsets_count_the_records_of_each_partition(
    client: ClientConfig, producer: RecordProducer, topic: str
) -> None:
    reports_of(producer, topic, [f"camera-{number}".encode() for number in range(20)])

    ends = end_offsets(client, topic)

    assert {0, 1, 2} == ends.keys()
    assert sum(ends.values()) == 20
