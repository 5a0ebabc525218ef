"""Every command in the documentation exists, with the options that are shown."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from ommatid_edge.cli import app as edge_app
from ommatid_fleet.cli import app as ommatid_app

ROOT = Path(__file__).parents[3]
PAGES = [
    ROOT / "README.md",
    ROOT / "edge-agent" / "README.md",
    *(ROOT / "docs" / "how-to").glob("*.md"),
    *(ROOT / "docs" / "tutorial").glob("*.md"),
]
APPS = {"ommatid": ommatid_app, "ommatid-edge": edge_app}
_COMMAND = re.compile(r"(?:`|^(?:\$ )?)(ommatid(?:-edge)? [a-z][^`\n]*)", re.MULTILINE)
_MAKE = re.compile(r"(?:`|^\$ )make ([a-z-]+)", re.MULTILINE)


@cache
def whole_command(name: str) -> Any:
    """The command with all that is below it; to put it together takes typer a while."""
    return typer.main.get_command(APPS[name])


def documented(pattern: re.Pattern[str]) -> list[str]:
    return sorted({match for page in PAGES for match in pattern.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize("line", documented(_COMMAND))
def test_a_documented_command_exists_with_its_options(line: str):
    name, *words = shlex.split(line, comments=True)
    command = whole_command(name)
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]

    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}

    assert {word for word in words if word.startswith("--")} - {"--help"} <= options


@pytest.mark.parametrize("target", documented(_MAKE))
def test_a_documented_make_target_exists(target: str):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
