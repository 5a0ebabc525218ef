from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_fleet.cli import app
from ommatid_fleet.cli.rules_text import difference_lines, history_line, history_records, order_line
from ommatid_jobs.operators.rule_versions import ArmingOrder, Authorship, difference, next_version
from ommatid_schemas import ConfigurationError
from tests.unit.jobs.operators.rule_versions.examples import ANNA, BOOK, FIRST, book, camera
from tests.unit.jobs.operators.rules.examples import ANYWHERE, AT_DOOR

FLEET = """
version: 1
regions:
  eu: {kafka: {bootstrap: "127.0.0.1:1"}}
  us: {kafka: {bootstrap: "127.0.0.1:1"}}
groups: {yards: {priority: safety}, doors: {priority: safety}}
cameras: {yard-1: {url: "rtsp://camera/1", region: eu, group: yards}}
rules:
  intruder: {groups: [yards], labels: [person]}
  health: {groups: [yards], camera: {silent: 60s}}
"""
SLOWER = AT_DOOR.model_copy(update={"cooldown_us": 90_000_000, "labels": ("person", "dog")})


@pytest.fixture
def fleet(tmp_path: Path) -> str:
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("disarm", "expected --rule, --group or --camera, or --all, found neither"),
        ("disarm --all --rule intruder", "found both"),
        ("arm --rule intrduer", "--rule: expected a name of the fleet file, found 'intrduer'; did you mean 'intruder'"),
        ("arm --rule health", "--rule: expected a name of the fleet file, found 'health'"),
        ("arm --group attic", "--group: .* found 'attic'; there are doors, yards"),
        ("arm --all --for 8h --until 2100-01-01T00:00Z", "expected --for or --until, found both"),
        ("arm --all --for tomorrow", "--for: expected a duration such as 90m or 8h"),
        ("arm --all --for 0s", "--for: expected a duration above zero"),
        ("arm --all --until soon", "--until: expected a time such as"),
        ("arm --all --until 2100-01-01T00:00", "--until: expected an offset such as"),
        ("arm --all --until 2000-01-01T00:00Z", "--until: expected a time to come"),
        ("arm --group doors", "expected a camera in eu, us that this concerns, found none"),
        ("rules apply --version 3", "--version: expected one region, found eu, us; add --region"),
        ("rules apply --expect 3", "--expect: expected one region"),
        ("rules diff --bootstrap 127.0.0.1:1", "--bootstrap: expected one region"),
        ("rules history --region asia", "expected region to be one of eu, us, found 'asia'"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(fleet: str, arguments: str, sentence: str):
    with pytest.raises(ConfigurationError, match=sentence):
        CliRunner().invoke(app, [*arguments.split(), "--fleet", fleet], catch_exceptions=False)


def test_changes_are_lines_with_units_and_cameras():
    after = book(camera("cam-1", SLOWER), *(camera(f"cam-{n}", SLOWER) for n in range(2, 7)))

    assert list(difference_lines(difference(BOOK, after))) == [
        "- rule anything: no longer on 1 camera (cam-1)",
        "~ rule person-at-door: now on 4 cameras (cam-3, cam-4, cam-5 and 1 more)",
        '~ rule person-at-door: labels ["person"] -> ["person","dog"] on 2 cameras (cam-1, cam-2)',
        "~ rule person-at-door: cooldown 60s -> 90s on 2 cameras (cam-1, cam-2)",
        *(f"+ camera cam-{n}" for n in range(3, 7)),
    ]


def test_the_history_says_what_each_version_changed():
    second = next_version(FIRST, book(camera("cam-1", ANYWHERE), camera("cam-2")), Authorship("bob", 2_000_000, "less"))
    third = next_version(second, BOOK, ANNA, restores=1)

    lines = [history_line(record).rpartition(", ")[0] for record in history_records([FIRST, second, third])]
    forgotten = history_line(history_records([second, third])[-1])

    assert lines == [
        "version 3, in effect, rules of version 1 again: 1970-01-01T00:00:02Z by anna@gate: +person-at-door",
        "version 2: 1970-01-01T00:00:02Z by bob (less): -person-at-door",
        "version 1: 1970-01-01T00:00:01Z by anna@gate: +anything +person-at-door +camera cam-1 +camera cam-2",
    ]
    assert "what it changed is not kept" in forgotten


@pytest.mark.parametrize(
    ("order", "line"),
    [
        (
            ArmingOrder(armed=False, from_us=0, until_us=60_000_000, rules=("a",), cameras=("c",), by="anna"),
            "disarmed: rule a, camera c, from 1970-01-01T00:00:00Z until 1970-01-01T00:01:00Z, by anna",
        ),
        (
            ArmingOrder(armed=None, from_us=0, by="anna", comment="guards left"),
            "as scheduled: every rule, from 1970-01-01T00:00:00Z until further notice, by anna (guards left)",
        ),
    ],
)
def test_an_order_is_one_line(order: ArmingOrder, line: str):
    assert order_line(order) == line
