"""The SQL text of Kafka tables: what a name or a value holds never becomes SQL."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.flink_kafka.tables import (
    MAX_VALUE_BYTES,
    SinkTable,
    SourceTable,
    Startup,
    Watermark,
    quoted_name,
    quoted_text,
)


def source(**changes: object) -> SourceTable:
    settings: dict[str, object] = {
        "name": "frames",
        "topic_pattern": r"omm\.frames\.eu\..+",
        "bootstrap": "broker:9092",
        "group_id": "detect-eu",
    }
    return SourceTable(**(settings | changes))  # type: ignore[arg-type]


def option(ddl: str, name: str) -> str | None:
    match = re.search(rf"^\s*'{re.escape(name)}' = '((?:[^']|'')*)',?$", ddl, re.MULTILINE)
    return match[1].replace("''", "'") if match else None


@given(st.text())
def test_a_quoted_text_reads_back_and_cannot_end_early(text: str):
    literal = quoted_text(text)

    assert re.fullmatch(r"'(?:[^']|'')*'", literal, re.DOTALL)
    assert literal[1:-1].replace("''", "'") == text


@given(st.text())
def test_a_quoted_name_reads_back_and_cannot_end_early(name: str):
    identifier = quoted_name(name)

    assert re.fullmatch(r"`(?:[^`]|``)*`", identifier, re.DOTALL)
    assert identifier[1:-1].replace("``", "`") == name


def test_a_topic_pattern_with_a_quote_stays_one_value():
    assert option(source(topic_pattern="it's; DROP TABLE x").ddl(), "topic-pattern") == "it's; DROP TABLE x"


def test_a_source_reads_on_from_the_group_and_else_from_the_earliest_record():
    ddl = source().ddl()

    assert option(ddl, "scan.startup.mode") == "group-offsets"
    assert option(ddl, "properties.auto.offset.reset") == "earliest"
    assert option(ddl, "properties.group.id") == "detect-eu"


def test_a_source_looks_for_new_topics_every_ten_seconds():
    assert option(source().ddl(), "scan.topic-partition-discovery.interval") == "10000 ms"


def test_a_source_can_start_at_either_end():
    assert option(source(startup=Startup.EARLIEST).ddl(), "scan.startup.mode") == "earliest-offset"
    assert option(source(startup=Startup.LATEST).ddl(), "scan.startup.mode") == "latest-offset"


def test_a_source_without_a_watermark_has_no_event_time():
    assert "event_time" not in source().ddl() + source().keyed_query()


def test_a_source_with_a_watermark_takes_event_time_from_the_record_timestamp():
    table = source(watermark=Watermark(delay_ms=65_500, idle_after_ms=2_000))

    assert "WATERMARK FOR `event_time` AS `event_time` - INTERVAL '01:05.500' MINUTE TO SECOND(3)" in table.ddl()
    assert option(table.ddl(), "scan.watermark.idle-timeout") == "2000 ms"
    assert "`event_time`" in table.keyed_query()


def test_a_source_hands_on_the_id_of_a_replay_and_no_other_header():
    assert "DECODE(`headers`['ommatid-replay'], 'UTF-8')" in source().keyed_query()
    assert source().keyed_query().count("headers") == 1


def test_a_source_hands_on_no_more_of_a_record_than_a_worker_can_hold():
    assert f"CAST(`value` AS VARBINARY({MAX_VALUE_BYTES + 1}))" in source().keyed_query()
    assert "DECODE(CAST(`key` AS VARBINARY(1024)), 'UTF-8')" in source().keyed_query()


def test_records_of_one_group_have_the_same_group_key_and_keep_their_own():
    query = source(one_group=True).keyed_query()

    assert query.startswith("SELECT CAST('' AS STRING) AS `group_key`, ROW(CAST(`key` AS")


def test_a_sink_lists_every_topic_and_writes_at_least_once():
    ddl = SinkTable("results", ("omm.detections.eu", "omm.dlq.eu"), "broker:9092").ddl()

    assert option(ddl, "topic") == "omm.detections.eu;omm.dlq.eu"
    assert option(ddl, "sink.delivery-guarantee") == "at-least-once"
    assert option(ddl, "properties.acks") == "all"


def test_client_properties_reach_the_table_but_not_its_repr():
    table = source(client={"sasl.jaas.config": "password='hunter2'"})

    assert option(table.ddl(), "properties.sasl.jaas.config") == "password='hunter2'"
    assert "hunter2" not in repr(table)
