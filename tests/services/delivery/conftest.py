"""A region of its own for each test, on the session's broker."""

import socket
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from ommatid_connectors.kafka import ClientConfig, RecordProducer, client_config, ensure_topics
from ommatid_connectors.webhook import WebhookReceiver, new_secret
from ommatid_fleet.local import KafkaBroker
from ommatid_schemas.fleet_file import KafkaConnection, topic_plan
from tests.services.delivery.site_under_test import Site


@pytest.fixture(scope="session")
def client(kafka_broker: KafkaBroker) -> ClientConfig:
    return client_config(KafkaConnection(bootstrap=kafka_broker.bootstrap))


@pytest.fixture(scope="session")
def producer(client: ClientConfig) -> Generator[RecordProducer]:
    with RecordProducer(client) as producer:
        yield producer


@pytest.fixture
def site(client: ClientConfig, producer: RecordProducer, unique_name: Callable[[str], str], tmp_path: Path) -> Site:
    site = Site(client, producer, unique_name("region"), tmp_path, new_secret())
    ensure_topics(client, topic_plan(site.fleet({"soc": "http://127.0.0.1/"}), site.region))
    return site


@pytest.fixture
def receiver(site: Site) -> Generator[WebhookReceiver]:
    with WebhookReceiver(secret=site.secret) as receiver:
        yield receiver


@pytest.fixture
def free_port() -> int:
    """Port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
