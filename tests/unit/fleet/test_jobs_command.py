import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_fleet.cli.jobs_text import age, job_lines
from ommatid_fleet.flink import FlinkUnreachableError, JobReport
from ommatid_fleet.local.ports import free_ports

NOW_MS = 1_795_523_225_271


def report(name: str, restarts: int | None = 0, checkpointed_ms: int | None = NOW_MS - 1744) -> JobReport:
    return JobReport("d4" * 16, name, "RUNNING", NOW_MS - 185_000, restarts, checkpointed_ms, NOW_MS)


def test_jobs_are_listed_one_a_line_under_a_heading():
    lines = job_lines([report("ommatid-detect-eu-safety"), report("ommatid-alerts-eu", None, None)])

    assert lines == [
        "NAME                     STATE         SINCE RESTARTS  CHECKPOINT ID",
        f"ommatid-detect-eu-safety RUNNING       3m 5s        0      2s ago {'d4' * 16}",
        f"ommatid-alerts-eu        RUNNING       3m 5s        ?        none {'d4' * 16}",
    ]


def test_an_empty_cluster_has_no_jobs():
    assert job_lines([]) == ["no jobs"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.2, "0s"),
        (59.4, "59s"),
        (60, "1m 0s"),
        (3599, "59m 59s"),
        (3600, "1h 0m"),
        (86_399, "23h 59m"),
        (460_000, "5d 7h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float, text: str):
    assert age(seconds) == text


@pytest.mark.parametrize("command", [["list"], ["stop", "mine"], ["upgrade", "mine"]])
def test_a_cluster_that_is_not_there_is_one_sentence(command: list[str]):
    (port,) = free_ports(1)

    with pytest.raises(FlinkUnreachableError, match=f"Flink at http://127.0.0.1:{port}: expected an answer"):
        CliRunner().invoke(app, ["jobs", *command, "--jobmanager", f"127.0.0.1:{port}"], catch_exceptions=False)
