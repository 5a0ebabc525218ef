"""Submit the alert job: ``flink run -pym ommatid_jobs.flink.alerts --fleet fleet.yaml --region R``."""

import sys
import time
from collections.abc import Sequence

from ommatid_connectors.flink_kafka.broker_topics import topic_partitions
from ommatid_jobs.flink import entry
from ommatid_jobs.flink.alerts.graph import build_alerts_graph, consumer_group, sink_topics
from ommatid_jobs.flink.environment import stream_environment
from ommatid_jobs.flink.submission_checks import check_detectors, check_parallelism, check_topics
from ommatid_jobs.operators.camera_watch import watch_book
from ommatid_jobs.operators.rule_versions import Authorship, RulesInEffect
from ommatid_jobs.operators.rules import RuleBook, rule_book
from ommatid_jobs.rules_topic import Application, RulesTopic, apply_rules, author_name
from ommatid_schemas import topics

_MODULE = "ommatid_jobs.flink.alerts"


def submit(arguments: Sequence[str]) -> None:
    """Check everything that can be checked here, apply the rules, build the graph, and hand it to the cluster.

    Raises:
        OmmatidError: Something is wrong that the caller can mend; nothing was started.
    """
    parser = entry.argument_parser(_MODULE, "Alert job of one region.")
    deployment = entry.deployment(parser.parse_args(arguments))
    check_detectors(deployment.fleet)
    book = rule_book(deployment.fleet, deployment.region)
    partitions = topic_partitions(deployment.client)
    check_topics(partitions, (*sink_topics(book.region), topics.rules_topic(book.region)))
    check_parallelism(deployment.execution.parallelism, partitions, topics.detections_topic(book.region))
    environment = stream_environment(deployment.execution)
    watch = watch_book(deployment.fleet, deployment.region)
    rules = _applied(RulesTopic(deployment.client, book.region), book)
    build_alerts_graph(environment, rules, watch, deployment.bootstrap, deployment.startup)
    entry.record_submission(environment, _MODULE, arguments)
    environment.execute(consumer_group(book.region))


def _applied(topic: RulesTopic, book: RuleBook) -> RulesInEffect:
    """Make the fleet file's rules the ones in effect: a job judges by the file that it was submitted with."""
    author = Authorship(author_name(), time.time_ns() // 1000, "submitted with the alert job")
    applied = apply_rules(topic, Application(book, author))
    if applied.is_new:
        sys.stderr.write(f"rules: version {applied.version.version} of {topic.region} is in effect\n")
    return RulesInEffect(applied.version, applied.arming)


if __name__ == "__main__":
    sys.exit(entry.run(lambda: submit(sys.argv[1:])))
