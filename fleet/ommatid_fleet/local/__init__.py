"""A real Kafka broker and a real Flink cluster on this machine, without Docker and without an installed Java."""

from ommatid_fleet.local.errors import (
    ChildExitedError,
    JarsUnavailableError,
    JavaUnavailableError,
    LocalError,
    NotReadyInTimeError,
    PortTakenError,
    StartCancelledError,
)
from ommatid_fleet.local.flink_cluster import FlinkCluster, FlinkClusterOptions
from ommatid_fleet.local.kafka_broker import KafkaBroker, KafkaBrokerOptions
from ommatid_fleet.local.signals import terminate_on_sigterm
from ommatid_fleet.local.stack import LocalStack, Step

__all__ = [
    "ChildExitedError",
    "FlinkCluster",
    "FlinkClusterOptions",
    "JarsUnavailableError",
    "JavaUnavailableError",
    "KafkaBroker",
    "KafkaBrokerOptions",
    "LocalError",
    "LocalStack",
    "NotReadyInTimeError",
    "PortTakenError",
    "StartCancelledError",
    "Step",
    "terminate_on_sigterm",
]
