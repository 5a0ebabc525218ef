"""Names of the Kafka topics, and the settings that each kind of topic needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_schemas.priority import Priority

FRAMES = "omm.frames"


def frames_topic(region: str, priority: Priority, group: str) -> str:
    """Topic of one camera group's frames."""
    return f"{FRAMES}.{region}.{priority}.{group}"


def frames_pattern(region: str, priority: Priority) -> str:
    """Regular expression (Java and Python) of all frames topics of one region and priority."""
    return rf"omm\.frames\.{region}\.{priority}\..+"


def triggers_topic(region: str, priority: Priority) -> str:
    """Topic of the triggers that open the event layer of sampling."""
    return f"omm.triggers.{region}.{priority}"


def detections_topic(region: str) -> str:
    """Topic of the results of inference."""
    return f"omm.detections.{region}"


def alerts_topic(region: str) -> str:
    """Topic of the alerts."""
    return f"omm.alerts.{region}"


def dead_letters_topic(region: str) -> str:
    """Topic of what could not be processed."""
    return f"omm.dlq.{region}"


def status_topic(region: str) -> str:
    """Topic of the cameras' states as their agents see them."""
    return f"omm.status.{region}"


def rules_topic(region: str) -> str:
    """Topic of the rules that are in effect, of those before, and of what was armed or disarmed by command."""
    return f"omm.rules.{region}"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it should exist on the broker."""

    name: str
    partitions: int
    config: Mapping[str, str]


MAX_FRAME_RECORD_BYTES = 2 * 1024 * 1024
MAX_RULES_RECORD_BYTES = 8 * 1024 * 1024
"""Longest record of a rules topic: the rules of all cameras of a region."""
_DEAD_LETTER_HEADERS_BYTES = 64 * 1024


def images_spec(
    name: str, partitions: int, retention_ms: int, max_record_bytes: int = MAX_FRAME_RECORD_BYTES
) -> TopicSpec:
    """Settings of a topic that carries JPEG: never recompressed, records up to 2 MiB."""
    return TopicSpec(
        name,
        partitions,
        {
            "retention.ms": str(retention_ms),
            "compression.type": "uncompressed",
            "max.message.bytes": str(max_record_bytes),
            "message.timestamp.type": "CreateTime",
        },
    )


def dead_letters_spec(name: str, retention_ms: int) -> TopicSpec:
    """Settings of a dead letters topic: a whole frame record fits beside the headers that say what was wrong."""
    return images_spec(name, 1, retention_ms, MAX_FRAME_RECORD_BYTES + _DEAD_LETTER_HEADERS_BYTES)


def messages_spec(name: str, partitions: int, retention_ms: int) -> TopicSpec:
    """Settings of a topic that carries small messages."""
    return TopicSpec(
        name,
        partitions,
        {
            "retention.ms": str(retention_ms),
            "compression.type": "zstd",
            "message.timestamp.type": "CreateTime",
        },
    )


def rules_spec(name: str) -> TopicSpec:
    """Settings of a rules topic: one partition, so that all see one order; the last record of each key stays."""
    return TopicSpec(
        name,
        1,
        {
            "cleanup.policy": "compact",
            "compression.type": "zstd",
            "max.message.bytes": str(MAX_RULES_RECORD_BYTES),
            "message.timestamp.type": "CreateTime",
        },
    )
