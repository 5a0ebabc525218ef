"""Which topics the brokers have, asked on the client before a job is submitted."""

# The admin module does not mark what it re-exports.
# pyright: reportPrivateImportUsage=false

from collections.abc import Mapping

from confluent_kafka.admin import AdminClient

from ommatid_connectors.kafka import ClientConfig
from ommatid_connectors.kafka.client_logging import client_logger
from ommatid_connectors.kafka.connection import cluster_metadata


def topic_partitions(client: ClientConfig, deadline_s: float = 10.0) -> Mapping[str, int]:
    """Number of partitions of every topic on the brokers.

    Raises:
        BrokerUnavailable: No broker answered within the deadline.
        KafkaClientError: A broker refused.
    """
    metadata = cluster_metadata(AdminClient(dict(client), logger=client_logger()), client, deadline_s)
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}
