"""Submit the detect job: ``flink run -pym ommatid_jobs.flink.detect --fleet fleet.yaml --region R --priority P``."""

import sys
from collections.abc import Sequence
from dataclasses import replace

from ommatid_connectors.flink_kafka.broker_topics import topic_partitions
from ommatid_jobs.flink import entry
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import build_detect_graph, consumer_group, sink_topics
from ommatid_jobs.flink.environment import stream_environment
from ommatid_jobs.flink.submission_checks import check_parallelism, check_topics
from ommatid_jobs.operators.group_budget import share_of
from ommatid_schemas.priority import Priority

_MODULE = "ommatid_jobs.flink.detect"


def submit(arguments: Sequence[str]) -> None:
    """Check everything that can be checked here, build the graph, and hand it to the cluster.

    Raises:
        OmmatidError: Something is wrong that the caller can mend; nothing was started.
    """
    parser = entry.argument_parser(_MODULE, "Detect job of one region and priority.")
    parser.add_argument("--priority", type=Priority, choices=list(Priority), required=True)
    parser.add_argument("--batch-size", type=int, choices=range(1, 33), metavar="1..32", default=8)
    parser.add_argument("--detector-threads", type=int, default=1, help="threads of one model call on a CPU")
    parsed = parser.parse_args(arguments)
    deployment = entry.deployment(parsed)
    settings = detect_settings(
        deployment.fleet,
        deployment.region,
        parsed.priority,
        batch_size=parsed.batch_size,
        detector_threads=parsed.detector_threads,
    )
    partitions = topic_partitions(deployment.client)
    check_topics(partitions, sink_topics(settings))
    check_parallelism(deployment.execution.parallelism, partitions, settings.frames_pattern)
    for group in settings.groups.values():
        share_of(group.budget, deployment.execution.parallelism, group.cameras)
    environment = stream_environment(replace(deployment.execution, bundle_ms=settings.bundle_ms))
    build_detect_graph(environment, settings, deployment.bootstrap, deployment.startup)
    entry.record_submission(environment, _MODULE, arguments)
    environment.execute(consumer_group(settings))


if __name__ == "__main__":
    sys.exit(entry.run(lambda: submit(sys.argv[1:])))
