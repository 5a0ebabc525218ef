"""Both graphs are built as they are for a cluster; every operator carries the uid that savepoints know it by."""

# The stream graph can only be reached through PyFlink's private method.
# pyright: reportPrivateUsage=false

import os
from collections.abc import Callable, Iterator

import pytest
from pyflink.datastream import StreamExecutionEnvironment

from ommatid_fleet.local.flink_distribution import flink_environment, link_libraries
from ommatid_jobs.flink import storage_names
from ommatid_jobs.flink.alerts.graph import build_alerts_graph
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.graph import build_detect_graph
from ommatid_jobs.flink.environment import Execution, stream_environment
from ommatid_jobs.operators.rules import rule_book
from ommatid_schemas import Priority
from ommatid_schemas.fleet_file import parse_fleet
from tests.flink.region import FLEET

# With the first environment PyFlink imports Beam, and with it a library that warns of another.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:httplib2")

NOWHERE = "127.0.0.1:1"


@pytest.fixture(scope="module")
def flink_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PyFlink starts its Java client in this process's environment, with the first graph."""
    home = tmp_path_factory.mktemp("client")
    link_libraries(home / "lib")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in flink_environment(home).items():
            if os.environ.get(name) != value:
                patch.setenv(name, value)
        yield


def uids_of(build: Callable[[StreamExecutionEnvironment], object]) -> dict[str, str | None]:
    """Uid by operator name of a graph, as Flink would run it."""
    environment = stream_environment(Execution())
    build(environment)
    nodes = environment._generate_stream_graph(clear_transformations=True).getStreamNodes().toArray()
    return {node.getOperatorName(): node.getTransformationUID() for node in nodes}


@pytest.mark.usefixtures("flink_client")
def test_every_operator_of_the_detect_job_has_its_published_uid():
    fleet = parse_fleet(FLEET.format(region="eu", bootstrap=NOWHERE))
    settings = detect_settings(fleet, "eu", Priority.SAFETY)

    found = uids_of(lambda environment: build_detect_graph(environment, settings, NOWHERE))

    assert found == {
        "Source: detect-frames-source": "detect-frames-source",
        "detect-frames-source/Calc": "detect-frames-source/Calc",
        "detect-frames-source/ConstraintEnforcer": "detect-frames-source/ConstraintEnforcer",
        "detect-frames-source/TableToDataStream": "detect-frames-source/TableToDataStream",
        # Flink runs both in one Python process, under the uid of the first, which has the state.
        "detect-sampler, detect-inference": "detect-sampler",
        "detect-results-sink/DataStreamToTable": "detect-results-sink/DataStreamToTable",
        "detect-results-sink/Calc": "detect-results-sink/Calc",
        "detect-results-sink/ConstraintEnforcer": "detect-results-sink/ConstraintEnforcer",
        "detect-results-sink: Writer": "detect-results-sink",
        "detect-results-sink: Committer": "Sink Committer: detect-results-sink",
    }


@pytest.mark.usefixtures("flink_client")
def test_every_operator_of_the_alert_job_has_its_published_uid():
    book = rule_book(parse_fleet(FLEET.format(region="eu", bootstrap=NOWHERE)), "eu")

    found = uids_of(lambda environment: build_alerts_graph(environment, book, NOWHERE))

    assert found == {
        "Source: alerts-detections-source": "alerts-detections-source",
        "alerts-detections-source/Calc": "alerts-detections-source/Calc",
        "alerts-detections-source/ConstraintEnforcer": "alerts-detections-source/ConstraintEnforcer",
        "alerts-detections-source/TableToDataStream": "alerts-detections-source/TableToDataStream",
        "alerts-rules": "alerts-rules",
        "alerts-alerts-sink/DataStreamToTable": "alerts-alerts-sink/DataStreamToTable",
        "alerts-alerts-sink/Calc": "alerts-alerts-sink/Calc",
        "alerts-alerts-sink/ConstraintEnforcer": "alerts-alerts-sink/ConstraintEnforcer",
        "alerts-alerts-sink: Writer": "alerts-alerts-sink",
        "alerts-alerts-sink: Committer": "Sink Committer: alerts-alerts-sink",
    }


def test_the_names_of_states_are_those_of_the_savepoints_that_exist():
    assert (storage_names.SAMPLER_STATE, storage_names.RULES_STATE) == ("sampler", "rules")
