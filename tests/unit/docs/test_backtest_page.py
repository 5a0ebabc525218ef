"""What the page on backtests shows is accepted, and its figures are those of the code."""

import re
from pathlib import Path

from ommatid_fleet.backtest.comparison import WITHIN_S
from ommatid_fleet.backtest.deployment import footage_deployment
from ommatid_fleet.backtest.playing import MAX_PICTURES
from ommatid_fleet.backtest.scoring import parse_events
from ommatid_fleet.backtest.virtual_camera import PUBLISHED_AFTER_US
from ommatid_fleet.backtest.virtual_jobs import ADMITTED_AFTER_US, INFERRED_AFTER_US, TRIGGERED_AFTER_US
from ommatid_fleet.cli.backtest import START
from ommatid_schemas.fleet_file import parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "backtest-a-change.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    (text,) = re.findall(rf"```\w+ {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    return text


def test_the_fleet_file_can_be_played_and_has_a_price():
    deployment = footage_deployment(parse_fleet(block("fleet.yaml")), "street-1", "fleet.yaml")

    assert deployment.price(None) is not None


def test_the_events_are_accepted():
    assert [event.label for event in parse_events(block("walk.csv"), "walk.csv")] == ["person"] * 3


def test_the_settings_for_measuring_the_tracker_are_accepted():
    settings = ", ".join(re.findall(r"`((?:sampling|decode): \{[^`]+\})`", PAGE))

    parse_fleet(block("fleet.yaml").replace("priority: safety,", f"priority: safety, {settings},"))


def test_the_figures_are_those_of_the_code():
    delays = (PUBLISHED_AFTER_US, ADMITTED_AFTER_US, INFERRED_AFTER_US, TRIGGERED_AFTER_US)

    assert re.findall(r"(\d\.\d+) s (?:from a frame to|to the|until a)", PAGE) == [f"{it / 1e6:g}" for it in delays]
    assert f"within {WITHIN_S:g} s of each other" in PAGE
    assert f"the first {MAX_PICTURES} of each configuration" in PAGE
    assert START == "2026-01-05T12:00:00Z"
