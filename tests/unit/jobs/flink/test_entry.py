"""The command line of both jobs: arguments, and faults as one sentence."""

from pathlib import Path

import pytest

from ommatid_jobs.flink import entry
from ommatid_jobs.flink.alerts import __main__ as alerts
from ommatid_jobs.flink.detect import __main__ as detect

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {entrances: {priority: safety}}
cameras: {lobby-1: {url: "rtsp://user:hunter2@camera/1", region: eu, group: entrances}}
rules: {person: {groups: [entrances], labels: [persn]}}
"""


def test_a_fault_is_one_sentence_on_stderr_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    common = ["--fleet", str(path), "--region", "eu"]

    assert entry.run(lambda: detect.submit([*common, "--priority", "safety"])) == 2
    assert entry.run(lambda: alerts.submit(common)) == 2

    first, second = capsys.readouterr().err.splitlines()
    assert first == second
    assert first.startswith("rules.person.labels: expected classes of detector 'nanodet-416', found 'persn'")


@pytest.mark.parametrize(
    "arguments", [["--parallelism", "0"], ["--checkpoint-interval", "soon"], ["--startup", "late"]]
)
def test_an_argument_that_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    parser = entry.argument_parser("ommatid_jobs.flink.detect", "test")
    with pytest.raises(SystemExit, match="2"):
        parser.parse_args(["--fleet", "f", "--region", "r", *arguments])
    assert arguments[0] in capsys.readouterr().err


@pytest.mark.parametrize(("text", "expected_ms"), [("500ms", 500), ("10s", 10_000), ("5m", 300_000)])
def test_a_checkpoint_interval_has_a_unit(text: str, expected_ms: int):
    parser = entry.argument_parser("ommatid_jobs.flink.detect", "test")
    parsed = parser.parse_args(["--fleet", "f", "--region", "r", "--checkpoint-interval", text])
    assert parsed.checkpoint_interval == expected_ms
