from collections.abc import Callable

import pytest

from ommatid_connectors.kafka import (
    BrokerUnavailable,
    ClientConfig,
    Expired,
    ReadFailed,
    Record,
    RecordConsumer,
    RecordProducer,
    RecordReader,
    StartAt,
    TopicMissing,
    TopicPosition,
    require_broker,
)
from tests.services.connectors.broker_records import AT_MS, delete_before, publish, read


def test_a_record_comes_back_as_it_was_published(client: ClientConfig, producer: RecordProducer, topic: str) -> None:
    (place,) = publish(producer, topic, [b"value"])

    with RecordConsumer.of_all_partitions(client, [topic], start=StartAt.EARLIEST) as consumer:
        (record,) = read(consumer, 1)

    assert Record(topic, place.partition, place.offset, b"camera-1", b"value", AT_MS, {"n": b"1"}) == record


def test_latest_means_everything_after_the_consumer_was_opened(
    client: ClientConfig, producer: RecordProducer, topic: str
) -> None:
    publish(producer, topic, [b"before"])

    with RecordConsumer.of_all_partitions(client, [topic], start=StartAt.LATEST) as consumer:
        publish(producer, topic, [b"after"])
        records = read(consumer, 1)

    assert [record.value for record in records] == [b"after"]


def test_a_group_goes_on_after_its_last_commit(
    client: ClientConfig, producer: RecordProducer, topic: str, unique_name: Callable[[str], str]
) -> None:
    group = unique_name("group")
    publish(producer, topic, [b"first", b"second"])
    with RecordConsumer.in_group(client, group, [topic]) as consumer:
        first = read(consumer, 1)[0].position
        failure = consumer.commit([TopicPosition(topic, first.partition, first.offset + 1)])

    with RecordConsumer.in_group(client, group, [topic]) as consumer:
        records = read(consumer, 1)

    assert failure is None
    assert [record.value for record in records] == [b"second"]


def test_a_member_that_leaves_is_told_what_it_gives_up(
    client: ClientConfig, producer: RecordProducer, topic: str, unique_name: Callable[[str], str]
) -> None:
    revoked: set[tuple[str, int]] = set()
    publish(producer, topic, [b"value"])
    with RecordConsumer.in_group(client, unique_name("group"), [topic], on_revoked=revoked.update) as consumer:
        read(consumer, 1)

    assert {(topic, 0), (topic, 1), (topic, 2)} == revoked


@pytest.mark.parametrize("value", [b"second", bytes(1_500_000)], ids=["small", "large"])
def test_one_record_is_read_back_by_its_position(
    client: ClientConfig, producer: RecordProducer, topic: str, value: bytes
) -> None:
    places = publish(producer, topic, [b"first", value, b"third"])

    with RecordReader(client) as reader:
        found = [reader.read(topic, places[1].partition, places[1].offset, deadline_s=10.0) for _ in range(3)]

    assert [value] * 3 == [record.value for record in found if isinstance(record, Record)]


def test_a_record_past_retention_is_reported_as_expired(
    client: ClientConfig, producer: RecordProducer, topic: str
) -> None:
    places = publish(producer, topic, [b"old", b"older", b"kept"])
    partition = places[0].partition
    delete_before(client, TopicPosition(topic, partition, 2))

    with RecordReader(client) as reader:
        gone = reader.read(topic, partition, places[0].offset)
        kept = reader.read(topic, partition, places[2].offset)

    assert Expired(TopicPosition(topic, partition, 0), low_watermark=2) == gone
    assert isinstance(kept, Record)


def test_an_offset_that_never_was_is_not_worth_another_try(client: ClientConfig, topic: str) -> None:
    with RecordReader(client) as reader:
        found = reader.read(topic, 0, 999)

    assert isinstance(found, ReadFailed)
    assert not found.retriable
    assert "expected a record at offset 999" in found.reason


def test_a_frame_of_a_missing_topic_is_not_worth_another_try(
    client: ClientConfig, unique_name: Callable[[str], str]
) -> None:
    with RecordReader(client) as reader:
        found = reader.read(unique_name("nowhere"), 0, 0, deadline_s=10.0)

    assert isinstance(found, ReadFailed)
    assert not found.retriable


def test_a_missing_topic_is_named(client: ClientConfig, unique_name: Callable[[str], str]) -> None:
    name = unique_name("nowhere")

    with pytest.raises(TopicMissing, match=f"expected the topic {name}, found none"):
        RecordConsumer.in_group(client, "group", [name])


def test_a_broker_that_is_away_is_named_with_what_to_do(free_port: int) -> None:
    with pytest.raises(BrokerUnavailable, match=rf"127\.0\.0\.1:{free_port}.* is it running, and is this the address"):
        require_broker({"bootstrap.servers": f"127.0.0.1:{free_port}"}, deadline_s=0.5)


def test_a_consumer_does_not_start_without_a_broker(free_port: int) -> None:
    with pytest.raises(BrokerUnavailable):
        RecordConsumer.in_group(
            {"bootstrap.servers": f"127.0.0.1:{free_port}"}, "group", ["alerts"], connect_timeout_s=0.5
        )


def test_reading_back_without_a_broker_ends_at_the_deadline(free_port: int) -> None:
    with RecordReader({"bootstrap.servers": f"127.0.0.1:{free_port}"}) as reader:
        found = reader.read("frames", 0, 0, deadline_s=0.3)

    assert isinstance(found, ReadFailed)
    assert found.retriable
