"""From the fleet file's connection to the client library's settings, and a check that a broker is there."""

# The admin module does not mark what it re-exports.
# pyright: reportPrivateImportUsage=false

import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.errors import BrokerUnavailable, KafkaClientError
from ommatid_schemas.fleet_file import KafkaConnection

ClientConfig = Mapping[str, str | int | float | bool]
"""Settings of librdkafka that every client of one region shares."""

T = TypeVar("T")

_ATTEMPT_S = 1.0
_SETTLE_S = 0.05
_UNSETTLED = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)
_AWAY = frozenset({KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE})


def client_config(connection: KafkaConnection, bootstrap: str | None = None) -> ClientConfig:
    """Settings for every Kafka client of a region.

    Args:
        connection: How the fleet file says to reach the region's brokers.
        bootstrap: ``host:port``, several separated by commas, instead of the fleet file's.
    """
    return {
        "bootstrap.servers": bootstrap or connection.bootstrap,
        "security.protocol": connection.security,
        "client.id": "ommatid",
        "socket.keepalive.enable": True,
        "socket.nagle.disable": True,
        "reconnect.backoff.max.ms": 2000,
    }


class ListsTopics(Protocol):
    """What producers, consumers and admin clients share."""

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> ClusterMetadata:
        """Metadata of the cluster or of one topic."""
        ...


def cluster_metadata(
    client: ListsTopics,
    config: ClientConfig,
    deadline_s: float,
    topic: str | None = None,
    now: Callable[[], float] = time.monotonic,
) -> ClusterMetadata:
    """Ask for metadata until a broker answers.

    Args:
        client: Any client; it connects while it is asked.
        config: Its settings, to name the brokers in the error.
        deadline_s: Longest time to wait, seconds.
        topic: The only topic of interest, or None for all.
        now: Monotonic clock, seconds.

    Raises:
        BrokerUnavailable: None answered in time.
        KafkaClientError: A broker answered with a refusal.
    """
    give_up_at = now() + deadline_s
    while True:
        try:
            return client.list_topics(topic, timeout=max(0.1, min(_ATTEMPT_S, give_up_at - now())))
        except KafkaException as exc:
            error = error_of(exc)
            if not is_away(error):
                raise KafkaClientError(f"Kafka at {brokers(config)}: expected metadata, found {error.str()}") from exc
            if now() >= give_up_at:
                raise broker_unavailable(config, deadline_s) from exc


def once_leaders_settle(
    request: Callable[[], T],
    deadline_s: float,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Repeat a request while brokers still agree on who leads a partition, as after its creation.

    Args:
        request: Asks a partition's leader.
        deadline_s: Longest time to repeat, seconds.
        now: Monotonic clock, seconds.
        sleep: Waits, seconds.

    Raises:
        KafkaException: Another refusal, or still the same one at the deadline.
    """
    give_up_at = now() + deadline_s
    while True:
        try:
            return request()
        except KafkaException as exc:
            if error_of(exc).code() not in _UNSETTLED or now() >= give_up_at:
                raise
        sleep(_SETTLE_S)


def require_broker(config: ClientConfig, deadline_s: float = 10.0) -> None:
    """Return once a broker answers.

    Raises:
        BrokerUnavailable: None answered in time.
    """
    client = AdminClient(dict(config), logger=client_logger())
    cluster_metadata(client, config, deadline_s)


def brokers(config: ClientConfig) -> str:
    """Bootstrap addresses, for messages."""
    return str(config["bootstrap.servers"])


def broker_unavailable(config: ClientConfig, waited_s: float) -> BrokerUnavailable:
    """Error for brokers that did not answer."""
    return BrokerUnavailable(
        f"Kafka at {brokers(config)}: expected a broker to answer within {waited_s:.1f} s, none did; "
        "is it running, and is this the address of regions.REGION.kafka.bootstrap or --bootstrap?"
    )


def error_of(exception: KafkaException) -> KafkaError:
    """The library's error inside its exception."""
    return exception.args[0]


def is_away(error: KafkaError) -> bool:
    """Whether an error only says that no broker could be reached."""
    return error.code() in _AWAY
