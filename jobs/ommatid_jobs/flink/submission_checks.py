"""What is checked on the client before a job is built: the fleet file's names, and what the brokers have."""

# The admin module does not mark what it re-exports.
# pyright: reportPrivateImportUsage=false

import re
from collections.abc import Iterable, Mapping

from confluent_kafka.admin import AdminClient

from ommatid_connectors.kafka import ClientConfig
from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import cluster_metadata
from ommatid_jobs.detectors import ModelCard, load_card
from ommatid_jobs.operators.rules import check_labels
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet

_BROKER_DEADLINE_S = 10.0


def check_region(fleet: Fleet, region: str) -> None:
    """Refuse a region that the fleet file does not have.

    Raises:
        ConfigurationError: Naming those that exist.
    """
    if region not in fleet.regions:
        raise ConfigurationError(f"region: expected one of {sorted(fleet.regions)}, found {region!r}")


def check_models(fleet: Fleet) -> None:
    """Refuse detectors that are not packaged, and rule labels that their group's detector cannot give.

    Raises:
        ConfigurationError: Naming the place in the fleet file.
    """
    cards = {group.detector: _card(name, group.detector) for name, group in fleet.groups.items()}
    check_labels(fleet, {detector: card.classes for detector, card in cards.items()})


def _card(group: str, detector: str) -> ModelCard:
    try:
        return load_card(detector)
    except ConfigurationError as exc:
        raise ConfigurationError(f"groups.{group}.{exc}") from exc


def topic_partitions(client: ClientConfig) -> Mapping[str, int]:
    """Number of partitions of every topic on the brokers.

    Raises:
        BrokerUnavailable: No broker answered.
        KafkaClientError: A broker refused.
    """
    metadata = cluster_metadata(AdminClient(dict(client), logger=client_logger()), client, _BROKER_DEADLINE_S)
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


def check_topics(partitions: Mapping[str, int], required: Iterable[str]) -> None:
    """Refuse to start while a topic that the job writes is missing: the sink would fail again and again.

    Raises:
        ConfigurationError: Naming the missing ones.
    """
    missing = sorted(set(required) - partitions.keys())
    if missing:
        raise ConfigurationError(
            f"topics: expected {', '.join(missing)} on the brokers, found none; create them with 'ommatid topics apply'"
        )


def check_parallelism(parallelism: int, partitions: Mapping[str, int], source_pattern: str) -> None:
    """Refuse more readers than there are partitions to read; topics that do not exist yet are not counted.

    Raises:
        ConfigurationError: Naming both numbers.
    """
    readable = sum(count for name, count in partitions.items() if re.fullmatch(source_pattern, name))
    if 0 < readable < parallelism:
        raise ConfigurationError(
            f"parallelism: expected at most {readable}, the partitions of {source_pattern}, found {parallelism}; "
            "lower it or add partitions"
        )
