"""The graph of the alert job; one statement for each operator."""

import re

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from ommatid_connectors.flink_kafka import (
    SINK_ROW,
    SinkTable,
    SourceTable,
    Startup,
    Watermark,
    keyed_records,
    name_table_operators,
    write_records,
)
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.rules_function import RulesFunction
from ommatid_jobs.operators.rules import RuleBook
from ommatid_schemas import topics

_SOURCE_TABLE = "detections"
_SINK_TABLE = "alerts"
_WATERMARK = Watermark(delay_ms=2_000, idle_after_ms=5_000)


def build_alerts_graph(
    environment: StreamExecutionEnvironment, book: RuleBook, bootstrap: str, startup: Startup = Startup.GROUP
) -> None:
    """Add the whole job to an environment; executing it is left to the caller.

    Event time comes from the record timestamps, which are capture times, on the JVM side.
    """
    tables = StreamTableEnvironment.create(environment)
    source = SourceTable(
        _SOURCE_TABLE,
        re.escape(topics.detections_topic(book.region)),
        bootstrap,
        consumer_group(book.region),
        startup,
        _WATERMARK,
    )
    rows = (
        keyed_records(tables, source)
        .process(RulesFunction(book.model_dump_json()), SINK_ROW)
        .uid(storage_names.RULES)
        .name(storage_names.RULES)
    )
    statements = tables.create_statement_set()
    write_records(tables, statements, rows, SinkTable(_SINK_TABLE, sink_topics(book.region), bootstrap))
    statements.attach_as_datastream()
    name_table_operators(
        environment, {_SOURCE_TABLE: storage_names.DETECTIONS_SOURCE, _SINK_TABLE: storage_names.ALERTS_SINK}
    )


def consumer_group(region: str) -> str:
    """Consumer group of a region's alert job."""
    return f"ommatid-alerts-{region}"


def sink_topics(region: str) -> tuple[str, ...]:
    """Topics that the job writes."""
    return topics.alerts_topic(region), topics.dead_letters_topic(region)
