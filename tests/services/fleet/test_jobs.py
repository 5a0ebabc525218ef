"""``ommatid jobs`` on a real cluster, with a job that is not one of ours."""

import json
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_fleet.flink import FlinkRest, JobFailedError, submit
from ommatid_fleet.local import FlinkCluster
from ommatid_schemas import ConfigurationError

NAME = "python job"


def jobs(cluster: FlinkCluster, command: str, *arguments: str) -> str:
    options = ["jobs", command, "--jobmanager", cluster.jobmanager, *arguments]
    return CliRunner().invoke(app, options, catch_exceptions=False).stdout


@pytest.fixture(scope="module")
def job_id(flink_cluster: FlinkCluster) -> Generator[str]:
    modules = {"PYTHONPATH": str(Path(__file__).parents[1] / "local")}
    rest = FlinkRest(flink_cluster.rest_url)
    job_id = submit(
        "python_job", [], jobmanager=flink_cluster.jobmanager, python=Path(sys.executable), environment=modules
    )
    rest.wait_until_running(job_id)
    yield job_id
    rest.cancel(job_id)


def test_a_job_without_checkpoints_is_listed(flink_cluster: FlinkCluster, job_id: str) -> None:
    (found,) = [it for it in json.loads(jobs(flink_cluster, "list", "--json")) if it["job_id"] == job_id]

    assert (found["name"], found["status"]) == (NAME, "RUNNING")
    assert (found["restarts"], found["checkpointed_ms"]) == (0, None)


def test_a_job_that_does_not_say_how_it_was_submitted_is_not_upgraded(flink_cluster: FlinkCluster, job_id: str) -> None:
    with pytest.raises(ConfigurationError, match="only jobs of 'ommatid submit' can be upgraded"):
        jobs(flink_cluster, "upgrade", NAME)


def test_a_savepoint_that_fails_leaves_the_job_running(flink_cluster: FlinkCluster, job_id: str) -> None:
    with pytest.raises(
        JobFailedError, match=r"found a failure; the job is RUNNING without one; cause: .*/proc/nowhere"
    ):
        jobs(flink_cluster, "stop", NAME, "--savepoint-folder", "/proc/nowhere")


def test_a_folder_that_depends_on_where_one_stands_is_refused(flink_cluster: FlinkCluster, job_id: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a URI such as .* found 'savepoints'"):
        jobs(flink_cluster, "stop", NAME, "--savepoint-folder", "savepoints")


def test_a_stopped_job_leaves_a_savepoint_in_the_folder_of_the_cluster(
    flink_cluster: FlinkCluster, job_id: str
) -> None:
    savepoint = jobs(flink_cluster, "stop", job_id).strip()

    assert Path(savepoint.removeprefix("file:")).parent == flink_cluster.savepoint_dir
    assert job_id not in jobs(flink_cluster, "list")
    assert job_id in jobs(flink_cluster, "list", "--all")
