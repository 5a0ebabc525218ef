import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ommatid_fleet.local import KafkaBroker, KafkaBrokerOptions, PortTakenError


def create_topic(bootstrap: str, topic: str) -> None:
    admin: Any = AdminClient(
        {"bootstrap.servers": bootstrap}
    )  # must outlive its futures; they have no type of their own
    admin.create_topics([NewTopic(topic, num_partitions=1)])[topic].result(timeout=30)


def produce(bootstrap: str, topic: str, key: bytes, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    producer.produce(topic, value, key)
    assert producer.flush(30) == 0


def consume_one(bootstrap: str, topic: str, group: str) -> tuple[bytes | None, bytes | None]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(30)
        assert message is not None
        assert message.error() is None
        return message.key(), message.value()
    finally:
        consumer.close()


def test_a_record_comes_back_with_its_key(kafka_broker: KafkaBroker, unique_name: Callable[[str], str]):
    topic = unique_name("records")
    create_topic(kafka_broker.bootstrap, topic)

    produce(kafka_broker.bootstrap, topic, b"lobby-1", b"payload")

    assert consume_one(kafka_broker.bootstrap, topic, unique_name("group")) == (b"lobby-1", b"payload")


def test_a_topic_that_nobody_created_does_not_appear(kafka_broker: KafkaBroker, unique_name: Callable[[str], str]):
    topic = unique_name("typo")
    admin = AdminClient({"bootstrap.servers": kafka_broker.bootstrap})

    admin.list_topics(topic, timeout=10)

    assert topic not in admin.list_topics(timeout=10).topics


def test_a_port_in_use_is_refused_before_anything_starts(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"port {port} of 127.0.0.1 is in use"):
            KafkaBroker.start(tmp_path, KafkaBrokerOptions(port=port))
