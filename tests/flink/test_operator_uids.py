"""Both graphs are built as for a cluster; every operator carries the uid that savepoints know it by."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ommatid_fleet.local.flink_distribution import JAVA_OPTIONS, flink_environment, link_libraries
from ommatid_fleet.local.java import QUICK_START
from ommatid_jobs.flink import storage_names


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str | None]]:
    """Uid by operator name, by job."""
    home = tmp_path_factory.mktemp("client")
    link_libraries(home / "lib")
    root = Path(__file__).parents[2]
    environment = flink_environment(home) | {"JDK_JAVA_OPTIONS": " ".join((*QUICK_START, *JAVA_OPTIONS))}
    command = [sys.executable, "-m", "tests.flink.graph_uids"]
    ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def test_every_operator_of_the_detect_job_has_its_published_uid(graphs: dict[str, dict[str, str | None]]):
    assert graphs["detect"] == {
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


def test_every_operator_of_the_alert_job_has_its_published_uid(graphs: dict[str, dict[str, str | None]]):
    assert graphs["alerts"] == {
        "Source: alerts-detections-source": "alerts-detections-source",
        "alerts-detections-source/Calc": "alerts-detections-source/Calc",
        "alerts-detections-source/ConstraintEnforcer": "alerts-detections-source/ConstraintEnforcer",
        "alerts-detections-source/TableToDataStream": "alerts-detections-source/TableToDataStream",
        "Source: alerts-rules-source": "alerts-rules-source",
        "alerts-rules-source/Calc": "alerts-rules-source/Calc",
        "alerts-rules-source/ConstraintEnforcer": "alerts-rules-source/ConstraintEnforcer",
        "alerts-rules-source/TableToDataStream": "alerts-rules-source/TableToDataStream",
        "alerts-rules": "alerts-rules",
        "alerts-alerts-sink/DataStreamToTable": "alerts-alerts-sink/DataStreamToTable",
        "alerts-alerts-sink/Calc": "alerts-alerts-sink/Calc",
        "alerts-alerts-sink/ConstraintEnforcer": "alerts-alerts-sink/ConstraintEnforcer",
        "alerts-alerts-sink: Writer": "alerts-alerts-sink",
        "alerts-alerts-sink: Committer": "Sink Committer: alerts-alerts-sink",
        "Source: alerts-status-source": "alerts-status-source",
        "alerts-status-source/Calc": "alerts-status-source/Calc",
        "alerts-status-source/ConstraintEnforcer": "alerts-status-source/ConstraintEnforcer",
        "alerts-status-source/TableToDataStream": "alerts-status-source/TableToDataStream",
        "alerts-watch": "alerts-watch",
        "alerts-watch-sink/DataStreamToTable": "alerts-watch-sink/DataStreamToTable",
        "alerts-watch-sink/Calc": "alerts-watch-sink/Calc",
        "alerts-watch-sink/ConstraintEnforcer": "alerts-watch-sink/ConstraintEnforcer",
        "alerts-watch-sink: Writer": "alerts-watch-sink",
        "alerts-watch-sink: Committer": "Sink Committer: alerts-watch-sink",
    }


def test_states_keep_the_names_under_which_savepoints_hold_them():
    assert (storage_names.SAMPLER_STATE, storage_names.RULES_STATE) == ("sampler", "rules")
    assert (storage_names.WATCH_CAMERAS_STATE, storage_names.WATCH_REGION_STATE) == ("watch-cameras", "watch-region")
    assert storage_names.RULES_IN_EFFECT_STATE == "rules-in-effect"
    assert storage_names.MAX_PARALLELISM == 512
