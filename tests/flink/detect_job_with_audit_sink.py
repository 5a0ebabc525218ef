"""The detect job as a later version might be: the same graph, and one more sink."""

import sys
from collections.abc import Callable

from pyflink.datastream import DataStream
from pyflink.table import StreamTableEnvironment

from ommatid_connectors.flink_kafka import SinkTable, name_table_operators, write_records
from ommatid_jobs.flink import entry
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import build_detect_graph, consumer_group, sink_topics
from ommatid_jobs.flink.environment import stream_environment
from ommatid_schemas import Priority

MODULE = "tests.flink.detect_job_with_audit_sink"


def main(extend: Callable[[DataStream], object] | None = None) -> None:
    """Build and execute the graph, with whatever ``extend`` makes of the rows that it writes."""
    parser = entry.argument_parser(MODULE, "a later version")
    parser.add_argument("--priority", type=Priority, required=True)
    parsed = parser.parse_args()
    deployment = entry.deployment(parsed)
    settings = detect_settings(deployment.fleet, deployment.region, parsed.priority)
    environment = stream_environment(deployment.execution)
    rows = build_detect_graph(environment, settings, deployment.bootstrap, deployment.startup)
    tables = StreamTableEnvironment.create(environment)
    statements = tables.create_statement_set()
    # The Kafka sink writes each row to the topic that the row names, so the second sink doubles every result.
    write_records(tables, statements, rows, SinkTable("audit", sink_topics(settings), deployment.bootstrap))
    statements.attach_as_datastream()
    name_table_operators(environment, {"audit": "detect-audit-sink"})
    if extend is not None:
        extend(rows)
    entry.record_submission(environment, MODULE, sys.argv[1:])
    environment.execute(consumer_group(settings))


if __name__ == "__main__":
    main()
