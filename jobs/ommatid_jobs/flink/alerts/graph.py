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
    broadcast_records,
    keyed_records,
    name_table_operators,
    write_records,
)
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.rules_function import RulesFunction, rules_in_effect_state
from ommatid_jobs.flink.alerts.rules_intake import packed
from ommatid_jobs.flink.alerts.watch_function import WatchFunction
from ommatid_jobs.operators.camera_watch import WatchBook
from ommatid_jobs.operators.rule_versions import RulesInEffect
from ommatid_schemas import topics

_SOURCE_TABLE = "detections"
_RULES_TABLE = "rules"
_SINK_TABLE = "alerts"
_STATUS_TABLE = "statuses"
_WATCH_SINK_TABLE = "camera_alerts"
_WATERMARK = Watermark(delay_ms=2_000, idle_after_ms=5_000)
_RULES_WATERMARK = Watermark(delay_ms=0, idle_after_ms=1_000)
"""Rules come seldom: event time is that of the detections again a second after each."""


def build_alerts_graph(
    environment: StreamExecutionEnvironment,
    rules: RulesInEffect,
    watch: WatchBook,
    bootstrap: str,
    startup: Startup = Startup.GROUP,
) -> None:
    """Add the whole job to an environment; executing it is left to the caller.

    Event time comes from the record timestamps, on the JVM side. Results and reports about cameras have each their
    own: reports come at once, and must not make it late for frames that wait for the model.

    Args:
        environment: Where to add it.
        rules: What the job judges by until the rules topic says something newer.
        watch: Rules about cameras.
        bootstrap: ``host:port`` of the region's brokers.
        startup: Where to begin with the detections without a savepoint.
    """
    region = rules.version.book.region
    tables = StreamTableEnvironment.create(environment)
    source = SourceTable(
        _SOURCE_TABLE,
        re.escape(topics.detections_topic(region)),
        bootstrap,
        consumer_group(region),
        startup,
        _WATERMARK,
    )
    rows = (
        keyed_records(tables, source)
        .connect(broadcast_records(tables, _rules_source(region, bootstrap), rules_in_effect_state()))
        .process(RulesFunction(packed(rules)), SINK_ROW)
        .uid(storage_names.RULES)
        .name(storage_names.RULES)
    )
    statements = tables.create_statement_set()
    write_records(tables, statements, rows, SinkTable(_SINK_TABLE, sink_topics(region), bootstrap))
    watched = _watched(tables, watch, bootstrap, startup)
    write_records(tables, statements, watched, SinkTable(_WATCH_SINK_TABLE, sink_topics(region), bootstrap))
    statements.attach_as_datastream()
    name_table_operators(
        environment,
        {
            _SOURCE_TABLE: storage_names.DETECTIONS_SOURCE,
            _RULES_TABLE: storage_names.RULES_SOURCE,
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


def _rules_source(region: str, bootstrap: str) -> SourceTable:
    """All versions from the first on, whatever was committed: the newest counts, wherever it stands."""
    return SourceTable(
        _RULES_TABLE,
        re.escape(topics.rules_topic(region)),
        bootstrap,
        consumer_group(region),
        Startup.EARLIEST,
        _RULES_WATERMARK,
        parallelism=1,
        client={"isolation.level": "read_committed"},
    )
