"""A topic of its own for each test, on the session's broker."""

import socket
from collections.abc import Callable, Iterator

import pytest

from ommatid_connectors.kafka import ClientConfig, RecordProducer, client_config, ensure_topics
from ommatid_fleet.local import KafkaBroker
from ommatid_schemas.fleet_file import KafkaConnection
from ommatid_schemas.topics import TopicSpec


@pytest.fixture(scope="session")
def client(kafka_broker: KafkaBroker) -> ClientConfig:
    return client_config(KafkaConnection(bootstrap=kafka_broker.bootstrap))


@pytest.fixture
def topic(client: ClientConfig, unique_name: Callable[[str], str]) -> str:
    name = unique_name("frames")
    ensure_topics(client, [TopicSpec(name, 3, {"max.message.bytes": str(2 * 1024 * 1024)})])
    return name


@pytest.fixture(scope="session")
def producer(client: ClientConfig) -> Iterator[RecordProducer]:
    with RecordProducer(client) as producer:
        yield producer


@pytest.fixture
def free_port() -> int:
    """Port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
