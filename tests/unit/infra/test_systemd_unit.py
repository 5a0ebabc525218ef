"""The systemd unit against the command that it starts and the settings that it depends on."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from ommatid_edge.cli import app
from ommatid_edge.settings import EdgeSettings
from ommatid_edge.spool.spool_folder import default_folder

UNIT = Path(__file__).parents[3] / "infra" / "systemd" / "ommatid-edge.service"


@pytest.fixture(scope="module")
def directives() -> dict[str, list[str]]:
    """Values of each directive, in order."""
    values: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if line and line[0] not in "#;[":
            name, _, value = line.partition("=")
            values.setdefault(name, []).append(value)
    return values


def test_the_command_and_its_options_exist(directives: dict[str, list[str]]):
    _, name, *words = shlex.split(directives["ExecStart"][0])
    group: Any = typer.main.get_command(app)
    known = {option for parameter in group.commands[name].params for option in parameter.opts}

    assert {word for word in words if word.startswith("--")} <= known


def test_a_stop_leaves_the_agent_more_time_than_it_takes(directives: dict[str, list[str]]):
    stop_s = float(directives["TimeoutStopSec"][0])

    assert stop_s >= EdgeSettings.model_fields["flush_deadline_s"].default + 10


def test_the_spool_is_in_the_only_folder_that_the_agent_may_write(directives: dict[str, list[str]]):
    assert directives["ProtectSystem"] == ["strict"]
    state_directory = f"/var/lib/{directives['StateDirectory'][0]}"

    folder = default_folder("gateway-3", {"STATE_DIRECTORY": state_directory})

    assert folder.is_relative_to(state_directory)


def test_a_fault_that_only_its_operator_can_mend_does_not_restart_it(directives: dict[str, list[str]]):
    assert directives["Restart"] == ["on-failure"]
    assert directives["RestartPreventExitStatus"] == ["2"]


def test_a_camera_group_that_is_killed_does_not_stop_the_agent(directives: dict[str, list[str]]):
    assert directives["OOMPolicy"] == ["continue"]
    assert directives["KillMode"] == ["mixed"]
