"""The detect job without its work, for ``bench/detect.py``: what the crossing from Kafka to Python and back costs.

Same source, keyed state of the same size, same wait, one row of the same size for each frame into the same sink.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace

from pyflink.common import Row
from pyflink.datastream import AsyncFunction, KeyedProcessFunction, RuntimeContext

from ommatid_connectors.flink_kafka import SinkRecord, SourceRecord, sink_row, source_record
from ommatid_jobs.flink import entry
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import Steps, build_detect_graph
from ommatid_jobs.flink.environment import packed_state, stream_environment
from ommatid_jobs.flink.worker_process import prepare_worker_process
from ommatid_schemas.priority import Priority

_STATE_BYTES = 2 * 1024
_RESULT_BYTES = 400


class Keyed(KeyedProcessFunction):
    """Reads and writes the state of the frame's camera, and lets the frame pass."""

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker."""
        self._state = runtime_context.get_state(packed_state("floor"))

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[SourceRecord]:
        """One frame."""
        del ctx
        record = source_record(value)
        before: bytes = self._state.value() or bytes(_STATE_BYTES)
        self._state.update(before[1:] + bytes([record.offset % 256]))
        yield record


class Answer(AsyncFunction[SourceRecord, Row]):
    """Answers each frame with a row of the size of a result."""

    def __init__(self, topic: str) -> None:
        self._topic = topic

    def open(self, runtime_context: RuntimeContext) -> None:
        """Called once in the worker."""
        del runtime_context
        prepare_worker_process()

    async def async_invoke(self, value: SourceRecord) -> list[Row]:
        """One frame."""
        return [sink_row(SinkRecord(self._topic, value.key, bytes(_RESULT_BYTES), {}, timestamp_ms=None))]


def main() -> None:
    parser = entry.argument_parser("detect_floor", "the detect job without its work")
    parser.add_argument("--priority", type=Priority, required=True)
    parsed = parser.parse_args()
    deployment = entry.deployment(parsed)
    settings = detect_settings(deployment.fleet, deployment.region, parsed.priority)
    execution = replace(deployment.execution, bundle_ms=settings.bundle_ms)
    environment = stream_environment(execution)
    steps = Steps(Keyed(), Answer(settings.detections_topic))
    build_detect_graph(environment, settings, deployment.bootstrap, deployment.startup, steps)
    environment.execute("floor")


if __name__ == "__main__":
    sys.exit(main())
