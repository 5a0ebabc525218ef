"""Answers of Flink 2.3.0, shortened."""

from typing import Any

import pytest

from ommatid_fleet.flink import JobReport, JobSummary, find_job
from ommatid_fleet.flink.job_report import job_report
from ommatid_schemas import ConfigurationError

JOB_ID = "d42ee73c59a874d63cc59f809bed7d02"
JOB: dict[str, Any] = {
    "jid": JOB_ID,
    "name": "ommatid-detect-eu-safety",
    "state": "RUNNING",
    "start-time": 1795523195937,
    "now": 1795523225271,
    "timestamps": {"INITIALIZING": 1795523195937, "CREATED": 1795523197173, "RESTARTING": 0, "RUNNING": 1795523197358},
}
CHECKPOINTS: dict[str, Any] = {
    "counts": {"restored": 0, "total": 13, "in_progress": 0, "completed": 5, "failed": 8},
    "latest": {
        "completed": {"id": 5, "trigger_timestamp": 1795523223487, "latest_ack_timestamp": 1795523223527},
        "savepoint": None,
        "failed": None,
        "restored": None,
    },
}
NO_CHECKPOINT: dict[str, Any] = {"latest": {"completed": None, "savepoint": None, "failed": None, "restored": None}}


def test_a_report_says_since_when_a_job_is_in_its_state_and_how_old_its_checkpoint_is():
    report = job_report(JOB, CHECKPOINTS, [{"id": "numRestarts", "value": "2"}])

    assert report == JobReport(
        JOB_ID, "ommatid-detect-eu-safety", "RUNNING", 1795523197358, 2, 1795523223527, 1795523225271
    )
    assert (report.since_s, report.checkpoint_age_s) == (27.913, 1.744)


@pytest.mark.parametrize("checkpoints", [NO_CHECKPOINT, None])
def test_what_the_cluster_does_not_know_yet_is_left_open(checkpoints: dict[str, Any] | None):
    report = job_report(JOB, checkpoints, [])

    assert (report.restarts, report.checkpointed_ms, report.checkpoint_age_s) == (None, None, None)


JOBS = (
    JobSummary("a" * 32, "ommatid-detect-eu-safety", "FINISHED"),
    JobSummary("b" * 32, "ommatid-detect-eu-safety", "RUNNING"),
    JobSummary("c" * 32, "ommatid-alerts-eu", "RESTARTING"),
    JobSummary("d" * 32, "twice", "RUNNING"),
    JobSummary("e" * 32, "twice", "RUNNING"),
)


@pytest.mark.parametrize(
    ("wanted", "job_id"),
    [("ommatid-detect-eu-safety", "b" * 32), ("ommatid-alerts-eu", "c" * 32), ("d" * 32, "d" * 32)],
)
def test_a_job_is_found_by_name_or_id(wanted: str, job_id: str):
    assert find_job(JOBS, wanted, "Flink at h:1").job_id == job_id


def test_an_unknown_job_is_named_with_those_that_there_are():
    with pytest.raises(
        ConfigurationError, match=r"Flink at h:1: .*'detect', found ommatid-alerts-eu, ommatid-.*twice;"
    ):
        find_job(JOBS, "detect", "Flink at h:1")


def test_a_job_that_has_ended_is_no_longer_meant():
    with pytest.raises(ConfigurationError, match=f"and {'a' * 32} is FINISHED; 'ommatid jobs list'"):
        find_job(JOBS, "a" * 32, "Flink at h:1")


def test_an_empty_cluster_is_named_so():
    with pytest.raises(ConfigurationError, match="found none; 'ommatid jobs list' shows them"):
        find_job((), "twice", "Flink at h:1")


def test_of_several_jobs_with_one_name_the_id_has_to_be_given():
    with pytest.raises(
        ConfigurationError, match=f"one job called 'twice', found 2: {'d' * 32}, {'e' * 32}; give the id"
    ):
        find_job(JOBS, "twice", "Flink at h:1")
