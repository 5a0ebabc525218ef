"""The graph of the detect job; one statement for each operator."""

from dataclasses import dataclass
from typing import Any

from pyflink.common import Row, Time, Types
from pyflink.datastream import (
    AsyncDataStream,
    AsyncFunction,
    DataStream,
    KeyedProcessFunction,
    StreamExecutionEnvironment,
)
from pyflink.table import StreamTableEnvironment

from ommatid_connectors.flink_kafka import (
    SINK_ROW,
    SinkTable,
    SourceTable,
    Startup,
    keyed_records,
    name_table_operators,
    write_records,
)
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.detect.inference_function import InferenceFunction
from ommatid_jobs.flink.detect.sampler_function import SamplerFunction
from ommatid_jobs.flink.detect.settings import DetectSettings

_SOURCE_TABLE = "frames"
_SINK_TABLE = "results"
_CAPACITY_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Steps:
    """The two Python functions of the graph.

    Attributes:
        keyed: Takes rows of ``keyed_records``.
        inference: Takes what the first one yields, gives rows of the sink.
    """

    keyed: KeyedProcessFunction
    inference: AsyncFunction[Any, Row]


def build_detect_graph(
    environment: StreamExecutionEnvironment,
    settings: DetectSettings,
    bootstrap: str,
    startup: Startup = Startup.GROUP,
    steps: Steps | None = None,
) -> DataStream:
    """Add the whole job to an environment; executing it is left to the caller.

    Keyed sampler and inference are chained into one Python process, so a frame crosses from the JVM
    once and a batch mixes cameras. The wait is ordered: results leave in order per camera.

    Args:
        environment: Where the job is added.
        settings: This deployment.
        bootstrap: ``host:port`` of the region's brokers.
        startup: Where to begin without a savepoint.
        steps: Other functions in the same places, to measure the graph without its work; sampler and models if not
            given.

    Returns:
        The rows that the sink writes, for a graph that does more with them.
    """
    steps = steps or _detect_steps(settings)
    tables = StreamTableEnvironment.create(environment)
    source = SourceTable(_SOURCE_TABLE, settings.source_pattern, bootstrap, consumer_group(settings), startup)
    sampled = (
        keyed_records(tables, source)
        .process(steps.keyed, Types.PICKLED_BYTE_ARRAY())
        .uid(storage_names.SAMPLER)
        .name(storage_names.SAMPLER)
    )
    rows = (
        AsyncDataStream.ordered_wait(
            sampled,
            steps.inference,
            # No timeout: one would cost a thread for each frame. Deadlines are the batcher's.
            Time.milliseconds(0),
            _CAPACITY_BATCHES * settings.batch_size,
            SINK_ROW,
        )
        .uid(storage_names.INFERENCE)
        .name(storage_names.INFERENCE)
    )
    statements = tables.create_statement_set()
    write_records(tables, statements, rows, SinkTable(_SINK_TABLE, sink_topics(settings), bootstrap))
    statements.attach_as_datastream()
    name_table_operators(
        environment, {_SOURCE_TABLE: storage_names.FRAMES_SOURCE, _SINK_TABLE: storage_names.RESULTS_SINK}
    )
    return rows


def _detect_steps(settings: DetectSettings) -> Steps:
    return Steps(SamplerFunction(settings.model_dump_json()), InferenceFunction(settings.model_dump_json()))


def consumer_group(settings: DetectSettings) -> str:
    """Consumer group of a deployment."""
    return f"ommatid-detect-{settings.region}-{settings.priority}"


def sink_topics(settings: DetectSettings) -> tuple[str, ...]:
    """Topics that the job writes."""
    return settings.detections_topic, settings.triggers_topic, settings.dead_letters_topic
