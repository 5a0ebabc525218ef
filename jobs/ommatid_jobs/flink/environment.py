"""The execution environment that both graphs are built in."""

from dataclasses import dataclass

from pyflink.common import Configuration, Time
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.datastream.state import StateTtlConfig, ValueStateDescriptor

from ommatid_connectors.flink_kafka import BYTES
from ommatid_jobs.flink import storage_names

STATE_TTL_HOURS = 24

_SETTINGS = {
    # AsyncFunction drains at the end of each bundle: room for many batches.
    "python.fn-execution.bundle.size": "1000",
    # States kept in the worker, of as many cameras: one that is not is asked for, one that leaves is written at once.
    # The sampler's are 2 KiB.
    "python.state.cache-size": "10000",
    # Records wait this long for their network buffer to fill; the default of 100 ms is felt in every alert.
    "execution.buffer-timeout.interval": "5 ms",
    # Without it every chained JVM operator copies each frame. No operator of ours keeps or changes its input.
    "pipeline.object-reuse": "true",
    "pipeline.generic-types": "false",
    # A job that failed for good, or was cancelled, goes on from its last checkpoint. The default deletes it, and the
    # configuration of the cluster has no say in it.
    "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
}


@dataclass(frozen=True, slots=True)
class Execution:
    """How a graph runs.

    Attributes:
        parallelism: Subtasks of each operator; in the detect job, model sessions.
        checkpoint_interval_ms: Time between two checkpoints, at each of which offsets are committed.
        bundle_ms: Longest time that a record waits for others before they cross to Python together.
            At low rates it is half of the latency; the default of Flink is 1000.
    """

    parallelism: int = 1
    checkpoint_interval_ms: int = 10_000
    bundle_ms: int = 20


def stream_environment(execution: Execution, further: Configuration | None = None) -> StreamExecutionEnvironment:
    """Environment with the settings of both jobs.

    Args:
        execution: How the graph runs.
        further: Settings of this run on top, such as jars in a test without a cluster.
    """
    configuration = further or Configuration()
    for key, value in _SETTINGS.items():
        configuration.set_string(key, value)
    configuration.set_string("python.fn-execution.bundle.time", str(execution.bundle_ms))
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    environment.set_parallelism(execution.parallelism)
    environment.set_max_parallelism(storage_names.MAX_PARALLELISM)
    environment.enable_checkpointing(execution.checkpoint_interval_ms)
    return environment


def packed_state(name: str) -> ValueStateDescriptor:
    """Descriptor of a state of versioned bytes, forgotten when its camera is silent for a day."""
    descriptor = ValueStateDescriptor(name, BYTES)
    forgotten = StateTtlConfig.new_builder(Time.hours(STATE_TTL_HOURS))
    # By default an expired value is never seen, and for that PyFlink switches its cache off: every access asks the JVM.
    # Ours may be seen for as long as its removal takes: they hold times, and are judged by them.
    forgotten.set_state_visibility(StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp)
    descriptor.enable_time_to_live(forgotten.build())
    return descriptor
