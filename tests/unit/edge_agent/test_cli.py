from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_edge.cli import app

FLEET = """
version: 1
regions: {eu-west: {kafka: {bootstrap: "localhost:9092"}}}
groups: {entrances: {priority: safety}}
cameras: {lobby-1: {url: "rtsp://{LOBBY_USER}@10.0.0.7/main", region: eu-west, group: entrances}}
"""


def test_faults_of_settings_and_fleet_file_come_in_one_message_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(FLEET)
    monkeypatch.setenv("OMMATID_EDGE_QUEUE_BYTES", "0")

    result = CliRunner().invoke(app, ["run", "--fleet", str(fleet), "--camera", "roof", "--camera", "lobby-1"])

    assert result.exit_code == 2
    assert "OMMATID_EDGE_QUEUE_BYTES" in result.stderr
    assert "found 'roof'" in result.stderr
    assert "LOBBY_USER" in result.stderr


def test_a_fleet_file_that_is_not_there_is_named(tmp_path: Path):
    result = CliRunner().invoke(app, ["run", "--fleet", str(tmp_path / "missing.yaml")])

    assert result.exit_code == 2
    assert "missing.yaml" in result.stderr
