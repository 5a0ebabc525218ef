"""``ommatid rules``, ``arm`` and ``disarm`` on a real broker."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ommatid_connectors.kafka import client_config, ensure_topics, read_to_end
from ommatid_fleet.cli import app
from ommatid_fleet.local import KafkaBroker
from ommatid_jobs.rules_topic import RulesChanged
from ommatid_schemas import ConfigurationError, topics
from ommatid_schemas.fleet_file import load_fleet, topic_plan

FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups: {{yards: {{priority: safety}}}}
cameras: {{yard-1: {{url: "rtsp://camera/1", region: {region}, group: yards}}}}
rules:
  intruder: {{groups: [yards], labels: [person], min_score: {min_score}}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A region with topics, and commands on it."""

    region: str
    fleet: Path
    bootstrap: str

    def write(self, min_score: float) -> None:
        text = FLEET.format(region=self.region, bootstrap=self.bootstrap, min_score=min_score)
        self.fleet.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Result:
        """Run a command; what it raises on purpose comes through."""
        result = CliRunner().invoke(app, [*arguments, "--fleet", str(self.fleet)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        return json.loads(self.run(*arguments, "--json").stdout)

    def versions(self) -> list[dict[str, Any]]:
        (region,) = self.records("rules", "history")
        return region["versions"]

    def written(self) -> int:
        client = client_config(load_fleet(self.fleet).regions[self.region].kafka)
        return len(list(read_to_end(client, topics.rules_topic(self.region))))


@pytest.fixture
def site(kafka_broker: KafkaBroker, unique_name: Callable[[str], str], tmp_path: Path) -> Site:
    site = Site(unique_name("eu"), tmp_path / "fleet.yaml", kafka_broker.bootstrap)
    site.write(0.5)
    fleet = load_fleet(site.fleet)
    ensure_topics(client_config(fleet.regions[site.region].kafka), topic_plan(fleet, site.region))
    return site


def test_rules_are_compared_applied_and_not_written_twice(site: Site) -> None:
    assert site.run("rules", "diff").exit_code == 3
    applied = site.run("rules", "apply", "--comment", "first night", "--by", "anna")
    again = site.run("rules", "apply")

    lines = [f"{site.region}: version 1 is in effect", "  + rule intruder: on 1 camera (yard-1)", "  + camera yard-1"]
    assert applied.stdout.splitlines() == lines
    assert again.stdout == f"{site.region}: version 1 is in effect already, nothing was written\n"
    assert (site.run("rules", "diff").exit_code, site.written()) == (0, 1)
    (version,) = site.versions()
    assert (version["version"], version["by"], version["comment"]) == (1, "anna", "first night")


def test_a_dry_run_says_what_would_change_and_changes_nothing(site: Site) -> None:
    site.run("rules", "apply")
    site.write(0.7)

    (planned,) = site.records("rules", "apply", "--dry-run")

    (change,) = planned["changes"]["rules"]
    assert [(it["field"], it["before"], it["after"]) for it in change["fields"]] == [("min_score", 0.5, 0.7)]
    assert (planned["written"], site.written()) == (False, 1)


def test_going_back_is_a_new_version_with_old_rules(site: Site) -> None:
    for min_score in (0.5, 0.7):
        site.write(min_score)
        site.run("rules", "apply")

    site.run("rules", "apply", "--version", "1")

    assert [(it["version"], it["restores"], it["in_effect"]) for it in site.versions()] == [
        (3, 1, True),
        (2, None, False),
        (1, None, False),
    ]
    assert site.run("rules", "diff").exit_code == 3


def test_rules_that_somebody_else_has_applied_are_not_overwritten(site: Site) -> None:
    site.run("rules", "apply")

    with pytest.raises(RulesChanged, match="expected version 0 to be in effect, found version 1"):
        site.run("rules", "apply", "--expect", "0")


def test_a_rule_with_a_fault_is_refused_with_its_place(site: Site) -> None:
    text = site.fleet.read_text(encoding="utf-8").replace("[person]", "[persn]")
    site.fleet.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=r"rules\.intruder\.labels: .* did you mean 'person'"):
        site.run("rules", "apply")

    assert site.written() == 0


def test_a_version_that_is_not_kept_is_refused(site: Site) -> None:
    with pytest.raises(ConfigurationError, match=r"expected one that omm\.rules\..* keeps \(none\), found 7"):
        site.run("rules", "apply", "--version", "7")


def test_rules_are_disarmed_for_a_time_and_as_scheduled_again(site: Site) -> None:
    given = site.run("disarm", "--rule", "intruder", "--for", "8h", "--by", "anna", "--comment", "cleaners")
    (order,) = site.records("arming", "list")
    site.run("arming", "resume", "--all")

    assert given.stdout.startswith(f"{site.region}: disarmed: rule intruder, from ")
    assert (order["armed"], order["rules"], order["by"], order["comment"]) == (False, ["intruder"], "anna", "cleaners")
    assert [it["armed"] for it in site.records("arming", "list")] == [False, None]
