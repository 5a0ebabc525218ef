from collections.abc import Callable

import pytest

from ommatid_connectors.kafka import (
    BrokerUnavailable,
    ClientConfig,
    RecordProducer,
    TopicMissing,
    TopicReader,
    read_to_end,
)
from tests.services.connectors.broker_records import AT_MS, publish


def test_a_topic_is_read_to_its_end_and_no_further(client: ClientConfig, producer: RecordProducer, topic: str) -> None:
    for key in (b"camera-1", b"camera-2", b"camera-3"):
        publish(producer, topic, [key + b" first", key + b" second"], key)

    records = list(read_to_end(client, topic))

    assert len(records) == 6
    assert [record.value for record in records if record.key == b"camera-2"] == [b"camera-2 first", b"camera-2 second"]


def test_an_empty_topic_has_no_records(client: ClientConfig, topic: str) -> None:
    assert list(read_to_end(client, topic)) == []


def test_reading_begins_at_a_time(client: ClientConfig, producer: RecordProducer, topic: str) -> None:
    for minute in range(4):
        producer.produce(topic, b"camera-1", str(minute).encode(), AT_MS + minute * 60_000)
    producer.flush(10.0)

    late, none = (list(read_to_end(client, topic, since_ms=AT_MS + ms)) for ms in (90_000, 3_600_000))

    assert [record.value for record in late] == [b"2", b"3"]
    assert none == []


def test_a_reader_that_is_kept_begins_at_another_time_whenever_asked(
    client: ClientConfig, producer: RecordProducer, topic: str
) -> None:
    for minute in range(4):
        producer.produce(topic, b"camera-1", str(minute).encode(), AT_MS + minute * 60_000)
    producer.flush(10.0)

    with TopicReader(client, topic) as reader:
        first = next(reader.since(AT_MS, 5.0))
        rest = [[it.value for it in reader.since(AT_MS + ms, 5.0)] for ms in (90_000, 30_000, 3_600_000)]

    assert first.value == b"0"
    assert rest == [[b"2", b"3"], [b"1", b"2", b"3"], []]


def test_reading_begins_at_an_offset(client: ClientConfig, producer: RecordProducer, topic: str) -> None:
    places = publish(producer, topic, [b"first", b"second", b"third"])

    records = list(read_to_end(client, topic, from_offsets={places[1].partition: places[1].offset}))

    assert [record.value for record in records] == [b"second", b"third"]


def test_a_missing_topic_is_named(client: ClientConfig, unique_name: Callable[[str], str]) -> None:
    name = unique_name("nowhere")

    with pytest.raises(TopicMissing, match=f"expected the topic {name}, found none"):
        list(read_to_end(client, name))


def test_reading_without_a_broker_ends_at_the_deadline(free_port: int) -> None:
    with pytest.raises(BrokerUnavailable):
        list(read_to_end({"bootstrap.servers": f"127.0.0.1:{free_port}"}, "frames", silence_s=0.3))
