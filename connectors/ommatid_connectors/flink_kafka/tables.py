"""Kafka topics as Flink SQL tables: the text of their definitions, and nothing else.

Raw key and value with Kafka's metadata as columns is the only way by which PyFlink sees a record's
key, position and headers, and chooses topic, key, headers and timestamp of each record it writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ommatid_schemas.replay import REPLAY_HEADER

MAX_VALUE_BYTES = 8 * 1024 * 1024
"""Longest value of a record that is handed on whole; of a longer one, the first ``MAX_VALUE_BYTES + 1`` bytes are.

A worker's memory must not depend on what somebody publishes: every hand-over copies the value.
"""

_MAX_GROUP_KEY_BYTES = 1024

_SOURCE_COLUMNS = (
    "`key` BYTES",
    "`value` BYTES",
    "`topic` STRING METADATA VIRTUAL",
    "`partition` INT METADATA VIRTUAL",
    "`offset` BIGINT METADATA VIRTUAL",
    "`headers` MAP<STRING, BYTES> METADATA VIRTUAL",
)
_SINK_COLUMNS = (
    "`topic` STRING METADATA",
    "`key` BYTES",
    "`value` BYTES",
    "`headers` MAP<STRING, BYTES> METADATA",
    "`timestamp` TIMESTAMP_LTZ(3) METADATA",
)
_RAW_FORMAT = {
    "connector": "kafka",
    "key.format": "raw",
    "key.fields": "key",
    "value.format": "raw",
    "value.fields-include": "EXCEPT_KEY",
}
_PROMPT_CONSUMER = {
    # An answer leaves the broker as soon as there is one byte; a frame is 40 KB, so the default of
    # 1 MiB a partition would be only 25 frames a fetch.
    "fetch.min.bytes": "1",
    "fetch.max.wait.ms": "50",
    "max.partition.fetch.bytes": str(8 * 1024 * 1024),
    # Of group offsets that do not exist (first start) or have expired.
    "auto.offset.reset": "earliest",
}
_PROMPT_PRODUCER = {
    "acks": "all",
    "linger.ms": "5",
    "batch.size": str(256 * 1024),
    # A dead letter is a whole frame record (up to 2 MiB) and its headers.
    "max.request.size": str(4 * 1024 * 1024),
}


class Startup(StrEnum):
    """Where a source begins that restores no state: ``GROUP`` is the group's committed offsets, else the earliest."""

    EARLIEST = "earliest"
    LATEST = "latest"
    GROUP = "group"


_STARTUP_MODES = {
    Startup.EARLIEST: "earliest-offset",
    Startup.LATEST: "latest-offset",
    Startup.GROUP: "group-offsets",
}


@dataclass(frozen=True, slots=True)
class Watermark:
    """Event time from the record timestamps, assigned per partition on the JVM side.

    Attributes:
        delay_ms: How far a record may be behind the newest of its partition without being late; below 100 minutes.
        idle_after_ms: How long a partition may be silent before it stops holding event time back.
    """

    delay_ms: int
    idle_after_ms: int


@dataclass(frozen=True, slots=True)
class SourceTable:
    """Every record of the topics whose whole name matches ``topic_pattern`` (Java regular expression).

    Attributes:
        name: Table name, unique in the job.
        bootstrap: ``host:port`` of brokers, several separated by commas.
        group_id: Consumer group under which offsets are committed with each checkpoint.
        discovery_interval_ms: How soon a topic created while the job runs is noticed.
        parallelism: Readers; None for as many as the job has subtasks. A reader without a partition holds event time.
        client: Further Kafka client properties, e.g. of security.
        one_group: Whether all records belong together, whatever their keys: one instance of a function sees them all.
    """

    name: str
    topic_pattern: str
    bootstrap: str
    group_id: str
    startup: Startup = Startup.GROUP
    watermark: Watermark | None = None
    discovery_interval_ms: int = 10_000
    parallelism: int | None = None
    client: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    one_group: bool = False

    def ddl(self) -> str:
        """``CREATE TEMPORARY TABLE``: raw key and value, position, headers and, with a watermark, the timestamp."""
        options = {
            **_RAW_FORMAT,
            "topic-pattern": self.topic_pattern,
            "scan.startup.mode": _STARTUP_MODES[self.startup],
            "scan.topic-partition-discovery.interval": f"{self.discovery_interval_ms} ms",
            **_properties(self.bootstrap, {"group.id": self.group_id, **_PROMPT_CONSUMER, **self.client}),
        }
        if self.parallelism is not None:
            options["scan.parallelism"] = str(self.parallelism)
        if self.watermark is None:
            return _create_table(self.name, _SOURCE_COLUMNS, options)
        options["scan.watermark.idle-timeout"] = f"{self.watermark.idle_after_ms} ms"
        return _create_table(self.name, (*_SOURCE_COLUMNS, *_watermark_columns(self.watermark)), options)

    def keyed_query(self) -> str:
        """Rows of (key as text, record), and the event time if there is one.

        A missing key becomes the empty text: grouping needs a value, and the record keeps its null.
        Of the headers only one crosses to Python, as text; it is null in nearly every record. A cast that shortens
        is the only one that copies.
        """
        text = f"DECODE(CAST(`key` AS VARBINARY({_MAX_GROUP_KEY_BYTES})), 'UTF-8')"
        group_key = "CAST('' AS STRING)" if self.one_group else f"COALESCE({text}, '')"
        return self._query(f"{group_key} AS `group_key`, {self._record()} AS `record`")

    def records_query(self) -> str:
        """Rows of a record, and the event time if there is one."""
        return self._query(f"{self._record()} AS `record`")

    def _record(self) -> str:
        replay = f"DECODE(`headers`[{quoted_text(REPLAY_HEADER)}], 'UTF-8')"
        key, value = (f"CAST(`{name}` AS VARBINARY({MAX_VALUE_BYTES + 1}))" for name in ("key", "value"))
        return f"ROW({key}, {value}, `topic`, `partition`, `offset`, {replay})"

    def _query(self, columns: str) -> str:
        event_time = "" if self.watermark is None else ", `event_time`"
        return f"SELECT {columns}{event_time} FROM {quoted_name(self.name)}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SinkTable:
    """Writes each row to the topic that the row names; at least once.

    Attributes:
        name: Table name, unique in the job.
        topics: All topics that rows may name.
        bootstrap: ``host:port`` of brokers, several separated by commas.
        client: Further Kafka client properties, e.g. of security.
    """

    name: str
    topics: tuple[str, ...]
    bootstrap: str
    client: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def ddl(self) -> str:
        """``CREATE TEMPORARY TABLE`` with topic, raw key and value, headers and timestamp of each record."""
        options = {
            **_RAW_FORMAT,
            "topic": ";".join(self.topics),
            "sink.delivery-guarantee": "at-least-once",
            **_properties(self.bootstrap, {**_PROMPT_PRODUCER, **self.client}),
        }
        return _create_table(self.name, _SINK_COLUMNS, options)


def quoted_name(name: str) -> str:
    """A SQL identifier, whatever characters the name holds."""
    return "`" + name.replace("`", "``") + "`"


def quoted_text(text: str) -> str:
    """A SQL character literal; only the quote itself needs escaping, a backslash stands for itself."""
    return "'" + text.replace("'", "''") + "'"


def _watermark_columns(watermark: Watermark) -> tuple[str, str]:
    minutes, seconds = divmod(watermark.delay_ms / 1000, 60)
    delay = f"INTERVAL '{minutes:02.0f}:{seconds:06.3f}' MINUTE TO SECOND(3)"
    return (
        "`event_time` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL",
        f"WATERMARK FOR `event_time` AS `event_time` - {delay}",
    )


def _properties(bootstrap: str, client: Mapping[str, str]) -> dict[str, str]:
    return {f"properties.{name}": value for name, value in {"bootstrap.servers": bootstrap, **client}.items()}


def _create_table(name: str, columns: tuple[str, ...], options: Mapping[str, str]) -> str:
    settings = ",\n  ".join(f"{quoted_text(key)} = {quoted_text(value)}" for key, value in options.items())
    return f"CREATE TEMPORARY TABLE {quoted_name(name)} (\n  {', '.join(columns)}\n) WITH (\n  {settings}\n)"
