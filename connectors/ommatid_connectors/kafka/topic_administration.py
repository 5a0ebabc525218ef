"""Create the topics that are missing and say which differ; ask where topics end."""

# The admin module does not mark what it re-exports, and its futures carry no type of their result.
# pyright: reportPrivateImportUsage=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ClusterMetadata,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import (
    ClientConfig,
    broker_unavailable,
    brokers,
    cluster_metadata,
    error_of,
    is_away,
    once_leaders_settle,
)
from ommatid_connectors.kafka.errors import KafkaClientError, TopicMissing
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.topics import TopicSpec

_RETRY_S = 0.1


class TopicState(StrEnum):
    """What was found or done."""

    CREATED = "created"
    PRESENT = "present"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class TopicReport:
    """Outcome for one topic.

    Attributes:
        differences: One sentence for each setting that is not as specified; empty unless ``DIFFERENT``.
    """

    name: str
    state: TopicState
    differences: tuple[str, ...] = ()


def ensure_topics(
    client: ClientConfig, specs: Sequence[TopicSpec], deadline_s: float = 30.0
) -> tuple[TopicReport, ...]:
    """Create what is missing and compare what is there. An existing topic is never changed.

    Returns once every created topic has a leader in all its partitions, with one report per
    specification, in their order.

    Raises:
        BrokerUnavailable: No broker answered in time.
        KafkaClientError: The broker refused to create or to describe a topic.
    """
    give_up_at = time.monotonic() + deadline_s
    admin = AdminClient(dict(client), logger=client_logger())
    before = cluster_metadata(admin, client, deadline_s)
    missing = [spec for spec in specs if spec.name not in before.topics]
    created = _create(admin, client, missing, deadline_s)
    _wait_for_leaders(admin, client, missing, give_up_at)
    others = [spec for spec in specs if spec.name not in created]
    found = _differences(admin, client, others, deadline_s)
    return tuple(_report(spec, created, found) for spec in specs)


def end_offsets(client: ClientConfig, topic: str, deadline_s: float = 10.0) -> dict[int, int]:
    """Offset that the next record will get, by partition.

    Raises:
        BrokerUnavailable: No broker answered in time.
        TopicMissing: There is no such topic.
    """
    admin = AdminClient(dict(client), logger=client_logger())
    metadata = cluster_metadata(admin, client, deadline_s)
    if topic not in metadata.topics:
        raise TopicMissing(f"Kafka at {brokers(client)}: expected the topic {topic}, found none of that name")
    places = [TopicPartition(topic, partition) for partition in metadata.topics[topic].partitions]
    latest = cast("OffsetSpec", OffsetSpec.latest())

    def ask() -> dict[int, int]:
        futures = admin.list_offsets(dict.fromkeys(places, latest), request_timeout=deadline_s)
        return {place.partition: future.result().offset for place, future in futures.items()}

    return _answer(client, topic, lambda: once_leaders_settle(ask, deadline_s), deadline_s)


def _create(admin: AdminClient, client: ClientConfig, specs: Sequence[TopicSpec], deadline_s: float) -> set[str]:
    if not specs:
        return set()
    topics = [NewTopic(spec.name, spec.partitions, config=dict(spec.config)) for spec in specs]
    futures = admin.create_topics(topics, request_timeout=deadline_s, operation_timeout=deadline_s)
    return {name for name, future in futures.items() if _was_created(client, name, future.result, deadline_s)}


def _was_created(client: ClientConfig, name: str, result: Callable[[], object], deadline_s: float) -> bool:
    """False when somebody else was faster."""
    try:
        result()
    except KafkaException as exc:
        if error_of(exc).code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise _refused(client, name, exc, deadline_s) from exc
        return False
    return True


def _wait_for_leaders(admin: AdminClient, client: ClientConfig, specs: Sequence[TopicSpec], give_up_at: float) -> None:
    while specs:
        metadata = cluster_metadata(admin, client, max(0.1, give_up_at - time.monotonic()))
        waiting = [spec.name for spec in specs if not _has_leaders(metadata, spec.name)]
        if not waiting:
            return
        if time.monotonic() >= give_up_at:
            raise KafkaClientError(
                f"Kafka at {brokers(client)}: expected a leader for every partition of {', '.join(waiting)}, "
                "found some without; are enough brokers up?"
            )
        time.sleep(_RETRY_S)


def _has_leaders(metadata: ClusterMetadata, name: str) -> bool:
    topic = metadata.topics.get(name)
    if topic is None or topic.error is not None or not topic.partitions:
        return False
    return all(partition.leader >= 0 for partition in topic.partitions.values())


def _differences(
    admin: AdminClient, client: ClientConfig, specs: Sequence[TopicSpec], deadline_s: float
) -> dict[str, tuple[str, ...]]:
    if not specs:
        return {}
    metadata = cluster_metadata(admin, client, deadline_s)
    resources = [ConfigResource(ResourceType.TOPIC, spec.name) for spec in specs]
    futures = admin.describe_configs(resources, request_timeout=deadline_s)
    entries = {
        resource.name: _answer(client, resource.name, future.result, deadline_s) for resource, future in futures.items()
    }
    return {
        spec.name: tuple(_compare(spec, len(metadata.topics[spec.name].partitions), entries[spec.name].values()))
        for spec in specs
    }


def _compare(spec: TopicSpec, partitions: int, entries: Iterable[ConfigEntry]) -> Iterator[str]:
    if partitions != spec.partitions:
        yield f"partitions: expected {spec.partitions}, found {partitions}"
    found = {entry.name: entry.value for entry in entries}
    for name, value in spec.config.items():
        if found.get(name) != value:
            yield f"{name}: expected {value}, found {found.get(name)}"


def _report(spec: TopicSpec, created: set[str], differences: dict[str, tuple[str, ...]]) -> TopicReport:
    if spec.name in created:
        return TopicReport(spec.name, TopicState.CREATED)
    found = differences[spec.name]
    return TopicReport(spec.name, TopicState.DIFFERENT if found else TopicState.PRESENT, found)


def _answer(client: ClientConfig, topic: str, result: Callable[[], Any], deadline_s: float) -> Any:
    try:
        return result()
    except KafkaException as exc:
        raise _refused(client, topic, exc, deadline_s) from exc


def _refused(client: ClientConfig, topic: str, exc: KafkaException, deadline_s: float) -> OmmatidError:
    error = error_of(exc)
    if is_away(error):
        return broker_unavailable(client, deadline_s)
    return KafkaClientError(f"Kafka at {brokers(client)}: topic {topic}: {error.str()}")
