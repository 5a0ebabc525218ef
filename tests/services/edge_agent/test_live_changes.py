"""The fleet file changes while the agent runs."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ommatid_schemas.events import FrameEvent
from tests.services.edge_agent.agent_process import AgentProcess, agent, wait_until
from tests.services.edge_agent.conftest import PASSWORD
from tests.services.edge_agent.sites import Site


def write(running: AgentProcess, fleet: str) -> None:
    """Replace the fleet file as an editor does, and say so."""
    (running.folder / "fleet.yaml").write_text(fleet)
    os.kill(running.process.pid, signal.SIGHUP)


def cameras(running: AgentProcess) -> dict[str, Any]:
    """The cameras of the account so far."""
    return running.account["cameras"] if (running.folder / "summary.json").exists() else {}


def streaming(running: AgentProcess) -> set[str]:
    """Cameras that stream."""
    return {name for name, it in cameras(running).items() if it["state"] == "STREAMING"}


def test_only_cameras_that_come_go_or_move_connect_again(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    before = {name: {"url": camera_url(f"camera-{n}")} for n, name in enumerate(("stays", "moves", "goes"), 1)}
    after = {
        "stays": before["stays"],
        "moves": {"url": camera_url("camera-4")},
        "comes": {"url": camera_url("camera-3")},
    }
    with agent(tmp_path, site.fleet(before), secrets) as running:
        wait_until(lambda: streaming(running) == set(before), lambda: running.log)
        pid = running.account["groups"][0]["pid"]

        write(running, site.fleet(after))

        wait_until(
            lambda: streaming(running) == set(after) and cameras(running)["moves"]["reconnects"] == 1,
            lambda: running.log,
        )
        assert cameras(running)["stays"]["reconnects"] == 0
        assert cameras(running)["goes"]["state"] == "DISABLED"
        assert running.account["groups"][0]["pid"] == pid
        goes = cameras(running)["goes"]["captured"]
        assert running.stop() == 0
        # What the camera that went had given until it was left still counts.
        assert cameras(running)["goes"]["captured"] >= goes > 0
        account = running.account
        assert account["captured"] == account["published"] + sum(account["dropped"].values())
        assert PASSWORD not in running.log


def test_numbers_apply_without_connecting_again(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    fleet = site.fleet({"door": {"url": camera_url("camera-1")}})
    edited = json.loads(fleet)
    edited["groups"]["doors"]["publish"]["max_width"] = 160
    with agent(tmp_path, fleet, secrets) as running:
        wait_until(lambda: streaming(running) == {"door"}, lambda: running.log)

        write(running, json.dumps(edited))

        site.read(
            site.frames_topic, FrameEvent, lambda seen: any(it.camera_id == "door" and it.width == 160 for it in seen)
        )
        assert cameras(running)["door"]["reconnects"] == 0


def test_a_faulty_file_is_refused_with_its_faults_and_nothing_changes(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with agent(tmp_path, site.fleet({"hall": {"url": camera_url("camera-1")}}), secrets) as running:
        wait_until(lambda: streaming(running) == {"hall"}, lambda: running.log)

        write(running, site.fleet({"hall": {"url": "rtsp://{UNSET_SECRET}@127.0.0.1/x", "colour": "blue"}}))

        wait_until(lambda: "fleet file refused" in running.log)
        assert "cameras.hall.colour: Extra inputs are not permitted" in running.log
        published = cameras(running)["hall"]["published"]
        wait_until(lambda: cameras(running)["hall"]["published"] > published + 1)
        assert cameras(running)["hall"]["reconnects"] == 0


def test_without_a_signal_the_file_is_looked_at_all_the_same(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    lane = {"url": camera_url("camera-1")}
    with agent(tmp_path, site.fleet({"lane": lane}), secrets) as running:
        wait_until(lambda: streaming(running) == {"lane"}, lambda: running.log)

        (tmp_path / "fleet.yaml").write_text(site.fleet({"lane": {**lane, "enabled": False}}))

        wait_until(lambda: cameras(running)["lane"]["state"] == "DISABLED", lambda: running.log)
