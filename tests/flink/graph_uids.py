"""Prints the operators of both graphs as JSON: {job: {operator name: uid}}.

A process of its own, because PyFlink leaves a JVM and open pipes behind.
"""

# The stream graph can only be reached through PyFlink's private method.
# pyright: reportPrivateUsage=false

import json
import sys
from collections.abc import Callable

from pyflink.datastream import StreamExecutionEnvironment

from ommatid_jobs.flink.alerts.graph import build_alerts_graph
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import build_detect_graph
from ommatid_jobs.flink.environment import Execution, stream_environment
from ommatid_jobs.operators.camera_watch import watch_book
from ommatid_jobs.operators.rule_versions import Authorship, RulesInEffect, next_version
from ommatid_jobs.operators.rules import rule_book
from ommatid_schemas import Priority
from ommatid_schemas.fleet_file import parse_fleet
from tests.flink.region import FLEET

NOWHERE = "127.0.0.1:1"


def uids_of(build: Callable[[StreamExecutionEnvironment], object]) -> dict[str, str | None]:
    """Uid by operator name of a graph, as Flink would run it."""
    environment = stream_environment(Execution())
    build(environment)
    nodes = environment._generate_stream_graph(clear_transformations=True).getStreamNodes().toArray()
    return {node.getOperatorName(): node.getTransformationUID() for node in nodes}


def main() -> None:
    fleet = parse_fleet(FLEET.format(region="eu", bootstrap=NOWHERE))
    settings = detect_settings(fleet, "eu", Priority.SAFETY)
    rules = RulesInEffect(next_version(None, rule_book(fleet, "eu"), Authorship("anna", 1)))
    watch = watch_book(fleet, "eu")
    graphs = {
        "detect": uids_of(lambda environment: build_detect_graph(environment, settings, NOWHERE)),
        "alerts": uids_of(lambda environment: build_alerts_graph(environment, rules, watch, NOWHERE)),
    }
    json.dump(graphs, sys.stdout)


if __name__ == "__main__":
    main()
