"""The graph of the alert job; one statement for each operator."""

import re

from pyflink.datastream import DataStream, StreamExecutionEnvironment
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
from ommatid_jobs.flink.alerts.watch_function import WatchFunction
from ommatid_jobs.operators.camera_watch import WatchBook
from ommatid_jobs.operators.rules import RuleBook
from ommatid_schemas import topics

_SOURCE_TABLE = "detections"
_SINK_TABLE = "alerts"
_STATUS_TABLE = "statuses"
_WATCH_SINK_TABLE = "camera_alerts"
_WATERMARK = Watermark(delay_ms=2_000, idle_after_ms=5_000)


def build_alerts_graph(
    environment: StreamExecutionEnvironment,
    book: RuleBook,
    watch: WatchBook,
    bootstrap: str,
    startup: Startup = Startup.GROUP,
) -> None:
    """Add the whole job to an environment; executing it is left to the caller.

    Event time comes from the record timestamps, on the JVM side. Results and reports about cameras have each their
    own: reports come at once, and must not make it late for frames that wait for the model.
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
    watched = _watched(tables, watch, bootstrap, startup)
    write_records(tables, statements, watched, SinkTable(_WATCH_SINK_TABLE, sink_topics(book.region), bootstrap))
    statements.attach_as_datastream()
    name_table_operators(
        environment,
        {
            _SOURCE_TABLE: storage_names.DETECTIONS_SOURCE,
            _SINK_TABLE: storage_names.ALERTS_SINK,
            _STATUS_TABLE: storage_names.STATUS_SOURCE,
            _WATCH_SINK_TABLE: storage_names.WATCH_SINK,
        },
    )


def _watched(tables: StreamTableEnvironment, watch: WatchBook, bootstrap: str, startup: Startup) -> DataStream:
    """Reports about cameras in; alerts about them, and dead letters, out."""
    source = SourceTable(
        _STATUS_TABLE,
        re.escape(topics.status_topic(watch.region)),
        bootstrap,
        consumer_group(watch.region),
        startup,
        _WATERMARK,
        # Nobody wants to hear of last week's silence when the watch begins.
        client={"auto.offset.reset": "latest"},
        one_group=True,
    )
    return (
        keyed_records(tables, source)
        .process(WatchFunction(watch.model_dump_json()), SINK_ROW)
        .uid(storage_names.WATCH)
        .name(storage_names.WATCH)
    )


def consumer_group(region: str) -> str:
    """Consumer group of a region's alert job."""
    return f"ommatid-alerts-{region}"


def sink_topics(region: str) -> tuple[str, ...]:
    """Topics that the job writes."""
    return topics.alerts_topic(region), topics.dead_letters_topic(region)
