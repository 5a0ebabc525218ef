"""Kafka as Flink sees it: keyed records in, records with topic, key, headers and timestamp out."""

from ommatid_connectors.flink_kafka.operator_uids import UnnamedOperatorError, name_table_operators
from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_connectors.flink_kafka.streams import (
    BYTES,
    SINK_ROW,
    broadcast_record,
    broadcast_records,
    keyed_records,
    sink_row,
    source_record,
    write_records,
)
from ommatid_connectors.flink_kafka.tables import SinkTable, SourceTable, Startup, Watermark

__all__ = [
    "BYTES",
    "SINK_ROW",
    "SinkRecord",
    "SinkTable",
    "SourceRecord",
    "SourceTable",
    "Startup",
    "UnnamedOperatorError",
    "Watermark",
    "broadcast_record",
    "broadcast_records",
    "keyed_records",
    "name_table_operators",
    "sink_row",
    "source_record",
    "write_records",
]
