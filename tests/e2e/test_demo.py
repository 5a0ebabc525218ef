"""The README's first command, from a camera to an alert, with its report checked."""

import json
import os
import signal
import subprocess
import sysconfig
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import psutil
import pytest

OMMATID = Path(sysconfig.get_path("scripts")) / "ommatid"
MARK = "OMMATID_TEST_RUN"


def start_demo(folder: Path, run: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo whose processes can be found by a variable of their environment."""
    return subprocess.Popen(
        [str(OMMATID), "demo", "--output", str(folder / "snapshots"), *arguments],
        cwd=folder,
        env=os.environ | {MARK: run, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def processes_of(run: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _environment(process).get(MARK) == run]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return {}


def listening_ports(pids: set[int] | None = None) -> set[int]:
    """TCP ports on which these processes listen; without ``pids``, on which anybody does."""
    return {
        int(connection.laddr.port)
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr and (pids is None or connection.pid in pids)
    }


def ports_of(run: str) -> set[int]:
    return listening_ports({process.pid for process in processes_of(run)})


def wait_until(condition: Callable[[], Any], deadline_s: float) -> None:
    give_up_at_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up_at_s, "the deadline has passed"
        time.sleep(0.2)


@pytest.mark.timeout(400)
def test_two_demos_side_by_side_alert_on_real_people_and_account_for_every_frame(tmp_path: Path):
    arguments = ["--cameras", "4", "--until-alerts", "3", "--timeout", "300", "--report", "report.json"]
    folders = [tmp_path / "one", tmp_path / "two"]
    runs = [uuid.uuid4().hex for _ in folders]
    for folder in folders:
        folder.mkdir()

    demos = [start_demo(folder, run, *arguments) for folder, run in zip(folders, runs, strict=True)]
    outputs = [demo.communicate(timeout=380)[0] for demo in demos]

    for demo, run, folder, output in zip(demos, runs, folders, outputs, strict=True):
        assert demo.returncode == 0, output
        check_report(json.loads((folder / "report.json").read_text()))
        snapshots = list((folder / "snapshots").rglob("*.jpg"))
        assert len(snapshots) >= 3
        assert all(cv2.imread(str(snapshot)) is not None for snapshot in snapshots)
        assert processes_of(run) == []
        assert [path.name for path in folder.iterdir() if path.name.startswith("ommatid-")] == []


def check_report(report: dict[str, Any]) -> None:
    """Every published frame is accounted for, and no alert came twice."""
    frames = report["frames"]
    assert report["alerts"] >= 3
    assert report["repeated_alerts"] == 0
    assert set(report["latency_ms"]) == {"p50", "p95", "p99"}
    assert frames["captured"] >= frames["published"] >= frames["admitted"] >= frames["inferred"] > 0
    assert frames["captured"] == frames["published"] + sum(report["not_published"].values())
    assert frames["published"] == frames["inferred"] + sum(report["dropped"].values()) + report["dead_letters"]


@pytest.mark.timeout(400)
def test_ctrl_c_leaves_no_process_no_port_and_no_state(tmp_path: Path):
    run = uuid.uuid4().hex
    demo = start_demo(tmp_path, run, "--cameras", "1")
    wait_until(lambda: len(ports_of(run)) >= 5, deadline_s=120)
    ports = ports_of(run)

    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=90)

    assert processes_of(run) == [], output
    assert ports.isdisjoint(listening_ports())
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("ommatid-")] == []
