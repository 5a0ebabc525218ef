import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ommatid_fleet.flink import FlinkRequestError, FlinkRest, SubmissionError, scrape, submit, total
from ommatid_fleet.local import ChildExitedError, FlinkCluster, FlinkClusterOptions

PYTHON = Path(sys.executable)
MODULES = {"PYTHONPATH": str(Path(__file__).parent)}

Submit = Callable[[Sequence[str], str | None], str]


@pytest.fixture
def submit_python_job(flink_cluster: FlinkCluster) -> Submit:
    def submit_with(arguments: Sequence[str], savepoint: str | None) -> str:
        return submit(
            "python_job",
            arguments,
            jobmanager=flink_cluster.jobmanager,
            python=PYTHON,
            savepoint=savepoint,
            environment=MODULES,
        )

    return submit_with


@pytest.fixture(scope="module")
def rest(flink_cluster: FlinkCluster) -> FlinkRest:
    return FlinkRest(flink_cluster.rest_url)


def test_each_taskmanager_brings_one_slot(rest: FlinkRest):
    overview = rest.overview()

    assert (overview.task_managers, overview.slots_total) == (2, 2)


def test_every_process_exports_metrics(flink_cluster: FlinkCluster):
    heaps = total(scrape(flink_cluster.prometheus_urls), "Status_JVM_Memory_Heap_Used", by="tm_id")

    assert heaps.keys() == {"", "taskmanager_1", "taskmanager_2"}


def test_a_python_job_runs_and_continues_from_its_savepoint(
    flink_cluster: FlinkCluster, rest: FlinkRest, submit_python_job: Submit
):
    first = submit_python_job([], None)
    rest.wait_until_running(first)
    savepoint = rest.stop_with_savepoint(first, flink_cluster.savepoint_dir.as_uri())

    second = submit_python_job([], savepoint)
    rest.wait_until_running(second)
    rest.cancel(second)

    statuses = {job.job_id: job.status for job in rest.jobs()}
    assert (statuses[first], statuses[second]) == ("FINISHED", "CANCELED")


def test_a_job_that_fails_while_it_is_built_is_reported_by_its_python_error(submit_python_job: Submit):
    with pytest.raises(
        SubmissionError, match=r"flink run of python_job at (?s:.*)ValueError: this job was told to fail"
    ):
        submit_python_job(["fail"], None)


def test_a_savepoint_that_is_not_there_is_named(submit_python_job: Submit):
    with pytest.raises(SubmissionError, match="/nowhere/savepoint"):
        submit_python_job([], "file:///nowhere/savepoint")


def test_an_unknown_job_is_refused_with_the_reason_of_the_cluster(rest: FlinkRest):
    with pytest.raises(FlinkRequestError, match=r"status 404: .*Could not find Flink job"):
        rest.job_status("0" * 32)


def test_a_cluster_whose_jvm_cannot_start_is_reported_with_its_log(tmp_path: Path):
    environment = {"JAVA_TOOL_OPTIONS": "-XX:NoSuchOption"}

    with pytest.raises(ChildExitedError, match=r"Flink JobManager: .*ended with status 1(?s:.*)NoSuchOption"):
        FlinkCluster.start(tmp_path, FlinkClusterOptions(task_managers=1, environment=environment))
