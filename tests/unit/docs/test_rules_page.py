"""What the page on rules shows is accepted, and means what the page says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ommatid_jobs.detectors import check_models
from ommatid_jobs.operators.rules import rule_book
from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.fleet_file import Fleet, parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "write-rules.md").read_text(encoding="utf-8")


def described() -> Fleet:
    (text,) = re.findall(r"```yaml fleet\.yaml\n(.*?)```", PAGE, re.DOTALL)
    return parse_fleet(text)


def test_the_fleet_file_is_accepted():
    check_models(described())
    camera = rule_book(described(), "eu-west").for_camera("yard-1")

    assert camera is not None
    assert [rule.name for rule in camera.rules] == [
        "intruder",
        "truck-waits",
        "crowd-at-gate",
        "gate-unattended",
        "leaves-by-gate",
    ]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2026-11-26T21:00", True),  # Thursday evening
        ("2026-11-26T12:00", False),
        ("2026-11-28T05:00", True),  # Friday's window ends on the Saturday that is an exception
        ("2026-11-28T12:00", False),
        ("2026-12-25T12:00", True),
    ],
)
def test_the_schedule_is_armed_when_the_page_says_so(local: str, expected: bool):
    instant = datetime.fromisoformat(f"{local}+01:00").astimezone(UTC)

    assert is_armed(described().rules["intruder"].schedule, round(instant.timestamp() * 1e6)) == expected
