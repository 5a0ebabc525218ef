"""The detect job as a later version might be: one more sink, one more field in the sampler's state, one more state."""

import struct
import sys
from collections.abc import Callable, Iterator
from typing import Any

from pyflink.common import Row
from pyflink.datastream import DataStream, KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ValueState
from pyflink.table import StreamTableEnvironment

from ommatid_connectors.flink_kafka import SinkRecord, SinkTable, name_table_operators, source_record, write_records
from ommatid_jobs.flink import entry
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import Steps, build_detect_graph, consumer_group, sink_topics
from ommatid_jobs.flink.detect.inference_function import InferenceFunction
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.sampler_function import SamplerFunction
from ommatid_jobs.flink.environment import packed_state, stream_environment
from ommatid_schemas import Priority

_LATER = 99
_HEAD = "<BQ"  # version, number of frames; as text, because a compiled one cannot travel to the workers
MODULE = "tests.flink.detect_job_of_a_later_version"


class WithNumber:
    """The sampler's state with one more field: how many frames were judged. Reads what earlier versions wrote."""

    def __init__(self, stored: ValueState) -> None:
        self._stored = stored

    def value(self) -> bytes | None:
        """The part that the sampler knows."""
        packed: bytes | None = self._stored.value()
        return packed[struct.calcsize(_HEAD) :] if packed is not None and packed[0] == _LATER else packed

    def update(self, packed: bytes) -> None:
        """Store the sampler's part behind the new field; the state of an earlier version began without it."""
        before: bytes | None = self._stored.value()
        frames = struct.unpack_from(_HEAD, before)[1] if before is not None and before[0] == _LATER else 0
        self._stored.update(struct.pack(_HEAD, _LATER, frames + 1) + packed)


class LaterSampler(SamplerFunction):
    """A sampler of version 99: it knows the older states, and keeps another one beside them."""

    def open(self, runtime_context: RuntimeContext) -> None:
        super().open(runtime_context)
        # Where the sampler keeps its bytes; what stands for it has the two methods that the sampler calls.
        self._state: Any = WithNumber(self._state)
        self._last_offset = runtime_context.get_state(packed_state("last-offset"))

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[AdmittedFrame | SinkRecord]:
        self._last_offset.update(source_record(value).offset.to_bytes(8, "little"))
        return super().process_element(value, ctx)


def main(extend: Callable[[DataStream], object] | None = None) -> None:
    """Build and execute the graph, with whatever ``extend`` makes of the rows that it writes."""
    parser = entry.argument_parser(MODULE, "a later version")
    parser.add_argument("--priority", type=Priority, required=True)
    parsed = parser.parse_args()
    deployment = entry.deployment(parsed)
    settings = detect_settings(deployment.fleet, deployment.region, parsed.priority)
    environment = stream_environment(deployment.execution)
    settings_json = settings.model_dump_json()
    steps = Steps(LaterSampler(settings_json), InferenceFunction(settings_json))
    rows = build_detect_graph(environment, settings, deployment.bootstrap, deployment.startup, steps)
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
