"""Rules, dashboard and scrape configuration against the metrics that the pages for operators explain."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ommatid_jobs.flink.worker_endpoint import WorkerMetricsSettings
from ommatid_schemas import Priority

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "infra" / "monitoring"
PAGES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "how-to").glob("*.md"))
_METRIC = re.compile(r"(?<![:\w-])((?:ommatid|flink)_\w+)")
_RECORDED = re.compile(r"\b[a-z_]+:ommatid_\w+:\w+")
SUFFIXES = ("_bucket", "_sum", "_count")


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    return json.loads((MONITORING / "grafana-detect.json").read_text())


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in rules())
    yield from (target["expr"] for panel in dashboard()["panels"] for target in panel["targets"])
    questions = (ROOT / "docs" / "how-to" / "watch-the-jobs.md").read_text().partition("## Metrics of")[0]
    yield from re.findall(r"^\| [^|]+\? \| `(.+?)` \|", questions, re.MULTILINE)


EXPLAINED = set(re.findall(r"\b((?:ommatid|flink)_\w+)", "\n".join(re.findall(r"^\| (`.*?`) \|", PAGES, re.MULTILINE))))


def stem(name: str) -> str:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


@pytest.mark.parametrize("name", sorted({name for text in expressions() for name in _METRIC.findall(text)}))
def test_a_metric_in_a_query_is_explained_in_a_page(name: str):
    assert {name, stem(name)} & EXPLAINED


def test_every_recorded_series_that_is_asked_for_is_recorded():
    recorded = {rule["record"] for rule in rules() if "record" in rule}

    assert {name for text in expressions() for name in _RECORDED.findall(text)} <= recorded


@pytest.mark.parametrize("text", sorted(expressions()))
def test_the_brackets_of_a_query_close(text: str):
    bare = re.sub(r'"[^"]*"', "", text)

    assert all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "{}", "[]"))


@pytest.mark.parametrize("alert", [rule for rule in rules() if "alert" in rule], ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert: dict[str, Any]):
    assert alert["labels"]["severity"] in {"warning", "critical"}
    assert {"summary", "action"} == set(alert["annotations"])


def test_the_priorities_of_the_alerts_exist():
    named = {name for rule in rules() for name in re.findall(r'priority!?="(\w+)"', rule["expr"])}

    assert named <= {priority.value for priority in Priority}


def test_scraped_ports_are_those_that_workers_take():
    jobs = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    (workers,) = [job for job in jobs if job["job_name"] == "ommatid-workers"]
    ports = {int(target.rpartition(":")[2]) for each in workers["static_configs"] for target in each["targets"]}

    assert ports <= set(WorkerMetricsSettings().ports)


def test_panels_have_places_of_their_own():
    panels = dashboard()["panels"]

    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert len({panel["id"] for panel in panels}) == len(panels)
