"""What the pages for operators name exists: settings, metrics, reasons, keys, messages, directives, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ommatid_edge.camera_group.bounds import RestartReason
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.settings import EdgeSettings
from ommatid_schemas.events import CameraState, Reason
from ommatid_schemas.fleet_file import Camera, Decode, Group, Motion, Publish, Sampling

ROOT = Path(__file__).parents[3]
HOW_TO = ROOT / "docs" / "how-to"
SOURCES = "\n".join(path.read_text() for path in (ROOT / "edge-agent" / "ommatid_edge").rglob("*.py"))
PARTS = {"decode": Decode, "motion": Motion, "publish": Publish, "sampling": Sampling}
PAGES = {path.name: path.read_text() for path in sorted(HOW_TO.glob("*.md"))}


def found(pattern: str, *pages: str) -> list[str]:
    """Everything that a pattern with one group finds in some pages, or in all."""
    texts = [PAGES[page] for page in pages or PAGES]
    return sorted({match for text in texts for match in re.findall(pattern, text)})


@pytest.mark.parametrize("name", found(r"OMMATID_EDGE_([A-Z_]+)"))
def test_a_documented_setting_exists(name: str):
    assert name.lower() in EdgeSettings.model_fields


@pytest.mark.parametrize("name", found(r"\b(ommatid_edge_[a-z_]+)"))
def test_a_documented_metric_is_exported(name: str):
    """Its name is a literal of the agent, without the endings that a metric's kind adds."""
    stem = re.sub(r"_(total|bucket|sum|count)$", "", name).removeprefix("ommatid_edge_")

    assert re.search(rf'"(ommatid_edge_)?{stem}"', SOURCES)


@pytest.mark.parametrize("key", found(r"`((?:decode|motion|publish|sampling)\.[a-z_]+)[`:]"))
def test_a_documented_key_of_a_group_exists(key: str):
    part, _, name = key.partition(".")

    assert name in PARTS[part].model_fields or (part, name) == ("motion", "mask")


@pytest.mark.parametrize("key", ["substream", "tls_verify", "site", "enabled", "privacy_masks"])
def test_a_documented_key_of_a_camera_exists(key: str):
    assert f"`{key}" in "\n".join(PAGES.values())
    assert key in Camera.model_fields
    assert key not in Group.model_fields


def rows(page: str, title: str) -> Iterator[list[str]]:
    """Cells of the table whose first column has this title."""
    lines = iter(PAGES[page].splitlines())
    next(line for line in lines if line.startswith(f"| {title} |"))
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.mark.parametrize(
    "phrase", [it for row in rows("troubleshoot-rtsp.md", "what it found") for it in re.findall("`(.+?)`", row[0])]
)
def test_a_documented_message_is_one_of_the_agents(phrase: str):
    assert phrase in SOURCES


def test_documented_states_of_a_camera_exist():
    states = {row[1].strip("`") for row in rows("troubleshoot-rtsp.md", "what it found")}

    assert states <= {str(state) for state in CameraState}


def test_every_reason_to_drop_a_frame_is_explained():
    explained = [row[0].strip("`") for row in rows("read-the-metrics.md", "reason")]

    assert sorted(explained) == sorted(DropReason)


def test_every_reason_to_restart_a_group_and_every_state_is_named():
    page = PAGES["read-the-metrics.md"]

    assert not [name for name in (*RestartReason, *CameraState, *Reason) if f"`{name}`" not in page]


@pytest.mark.parametrize("directive", found(r"`([A-Z][A-Za-z]+)=`", "install-on-a-gateway.md"))
def test_a_documented_directive_is_in_the_unit(directive: str):
    assert f"{directive}=" in (ROOT / "infra" / "systemd" / "ommatid-edge.service").read_text()


@pytest.mark.parametrize(("page", "link"), [(page, link) for page in PAGES for link in found(r"\]\(([^)#:]+)", page)])
def test_a_link_leads_somewhere(page: str, link: str):
    assert (HOW_TO / link).resolve().exists(), page
