"""`ommatid models`, on real folders."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_fleet.cli.models_text import ModelReport, VersionReport, model_lines
from ommatid_schemas import ConfigurationError
from tests.onnx_models import write_model

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  entrances: {priority: insight, detector: people}
detectors:
  people: {kind: onnx, path: FOLDER}
  plates: {kind: onnx, path: /models/of/the/workers}
rules:
  somebody: {groups: [entrances], labels: [person]}
"""


class Site:
    """A fleet file, a folder with three versions, and the commands on them. Version 3 knows no persons."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "people"
        for version in ("1", "2"):
            write_model(self.models / version)
        write_model(self.models / "3", classes=["dog", "cat"])
        self.fleet = folder / "fleet.yaml"
        self.fleet.write_text(FLEET.replace("FOLDER", str(self.models)))

    def run(self, *words: str) -> str:
        result = CliRunner().invoke(app, ["models", *words, "--fleet", str(self.fleet)], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_version_is_activated_and_rolled_back(site: Site):
    assert site.run("activate", "people", "1") == "people: version 1 is active\n"
    assert site.run("activate", "people", "2") == "people: version 2 is active, before it 1\n"
    assert site.json("rollback", "people") == {"name": "people", "active": "1", "before": None}
    assert (site.models / "active").read_text() == "1\n"


def test_the_list_shows_every_version_and_which_is_active(site: Site):
    site.run("activate", "people", "2")
    people, plates = site.json("list")

    assert (people["active"], [each["version"] for each in people["versions"]]) == ("2", ["1", "2", "3"])
    assert people["versions"][0]["summary"] == "one box"
    assert (plates["name"], plates["versions"], plates["fault"]) == ("plates", [], "not on this machine")


def test_the_list_says_what_is_wrong(site: Site):
    (site.models / "1" / "card.yaml").write_text("name: people")
    people, _ = site.json("list")

    assert "active: expected a file that names the active version" in people["fault"]
    assert "1/card.yaml: expected a model card" in people["versions"][0]["fault"]


def test_the_list_on_a_screen():
    versions = tuple(VersionReport(version, summary=f"model {version}") for version in ("1", "10", "night"))
    here = ModelReport("people", "/models/people", "10", ("night", "1"), versions)

    assert model_lines([here, ModelReport("plates", "/models/plates", fault="not on this machine")]) == [
        "people  /models/people",
        "    1      model 1",
        "  * 10     model 10",
        "  < night  model night",
        "plates  /models/plates  not on this machine",
    ]
    assert model_lines([]) == ["no detectors of kind onnx"]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["activate", "people", "4"], r"expected model.onnx and card.yaml of version '4', found no such version"),
        (
            ["activate", "people", "3"],
            r"rules\.somebody\.labels: expected classes of detector 'people', found 'person'",
        ),
        (
            ["activate", "cars", "1"],
            r"expected one of its detectors of kind onnx, \['people', 'plates'\], found 'cars'",
        ),
        (["activate", "plates", "1"], r"plates\.path: expected the folder /models/of/the/workers on this machine"),
        (["rollback", "people"], r"expected a file that names the active version"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(site: Site, words: list[str], fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        site.run(*words)
    assert not (site.models / "active").exists()


def test_a_rollback_without_a_version_before_is_refused(site: Site):
    site.run("activate", "people", "1")

    with pytest.raises(ConfigurationError, match=re.escape("expected a version that was active before, found none")):
        site.run("rollback", "people")


def test_a_fleet_whose_models_are_elsewhere_passes_its_check_and_that_is_said(site: Site):
    site.run("activate", "people", "1")
    checked = CliRunner().invoke(app, ["fleet", "check", "--fleet", str(site.fleet), "--json"], catch_exceptions=False)

    assert (checked.exit_code, json.loads(checked.stdout)["groups"]) == (0, 1)
    assert checked.stderr == (
        "detectors.plates: /models/of/the/workers is not on this machine, so its labels cannot be checked here\n"
    )
