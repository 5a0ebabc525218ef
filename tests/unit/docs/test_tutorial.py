"""The fleet files of the tutorial are accepted, and its rule is armed when it says so."""

import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ommatid_jobs.detectors import check_models
from ommatid_jobs.operators.rules import rule_book
from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.fleet_file import parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "tutorial" / "from-demo-to-your-camera.md").read_text(encoding="utf-8")


def fleet_file(name: str) -> str:
    (text,) = re.findall(rf"```yaml {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    return text


@pytest.mark.parametrize(
    ("name", "rules"), [("fleet.yaml", ["person-seen"]), ("own-rule.yaml", ["somebody-waits-at-night"])]
)
def test_a_fleet_file_of_the_tutorial_is_accepted(name: str, rules: list[str]):
    fleet = parse_fleet(fleet_file(name))
    check_models(fleet)
    camera = rule_book(fleet, "home").for_camera("front-door")

    assert camera is not None
    assert [rule.name for rule in camera.rules] == rules


def test_the_backtest_of_the_tutorial_begins_while_its_rule_is_armed():
    (start,) = re.findall(r"--start (\S+)", PAGE)
    (rule,) = parse_fleet(fleet_file("own-rule.yaml")).rules.values()
    at = datetime.fromisoformat(start)
    camera = rule_book(parse_fleet(fleet_file("own-rule.yaml")), "home").for_camera("front-door")

    assert camera is not None
    assert rule.schedule is not None
    assert is_armed(camera.rules[0].schedule, round(at.timestamp() * 1e6))
    noon = at.astimezone(ZoneInfo("Europe/Berlin")).replace(hour=12)
    assert not is_armed(camera.rules[0].schedule, round(noon.timestamp() * 1e6))


def test_a_link_of_the_tutorial_leads_to_a_page():
    folder = Path(__file__).parents[3] / "docs" / "tutorial"
    missing = [target for target in re.findall(r"\]\(([^)]+\.md)\)", PAGE) if not (folder / target).exists()]
    assert missing == []
