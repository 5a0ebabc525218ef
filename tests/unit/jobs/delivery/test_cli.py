from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_jobs.delivery.cli import app

FLEET = """
version: 1
regions: {eu-west: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {entrances: {priority: safety}}
deliveries: {soc: {webhook: "https://soc.example/{SOC_TOKEN}"}}
"""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["run", *arguments])
    return result.exit_code, result.stderr


def test_all_missing_settings_are_named_together(fleet: Path) -> None:
    code, said = run("--fleet", str(fleet))

    assert code == 2
    assert all(name in said for name in ("region:", "snapshots:", "ledger:", "OMMATID_DELIVERY_"))


def test_settings_come_from_variables_too(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMMATID_DELIVERY_REGION", "us-east")
    monkeypatch.setenv("OMMATID_DELIVERY_SNAPSHOTS", "file:///snapshots")
    monkeypatch.setenv("OMMATID_DELIVERY_LEDGER", "sqlite://")

    code, said = run("--fleet", str(fleet))

    assert (code, said) == (2, "ommatid deliver: region: expected one of ['eu-west'], found 'us-east'\n")


def test_a_secret_that_is_not_set_is_named(fleet: Path) -> None:
    code, said = run("--fleet", str(fleet), "--region", "eu-west", "--snapshots", "file:///s", "--ledger", "sqlite://")

    assert code == 2
    assert "deliveries.soc.webhook: expected the environment variable(s) SOC_TOKEN" in said
