"""What the end of a camera group's process costs, and what such a process may know."""

import os
import signal
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from ommatid_connectors.kafka import RecordProducer
from ommatid_edge.camera_group.messages import Stop
from ommatid_edge.camera_group.process import Subprocess
from ommatid_edge.simulator import CameraServer, SimulatedCamera, background_server
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraState, CameraStatus, FrameEvent, Reason, Trigger
from tests.services.edge_agent.agent_process import AgentProcess, agent, wait_until
from tests.services.edge_agent.conftest import PASSWORD
from tests.services.edge_agent.sites import Site

TWO_A_GROUP = {"OMMATID_EDGE_GROUP_SIZE": "2"}
SECRETS = (PASSWORD, "p%40ss")


@contextmanager
def two_groups(
    site: Site, secrets: Mapping[str, str], camera_url: Callable[[str], str], folder: Path, **more: str
) -> Generator[AgentProcess]:
    """Four streaming cameras in two groups."""
    cameras = {f"gate-{n}": {"url": camera_url(f"camera-{n}")} for n in (1, 2, 3, 4)}
    with agent(folder, site.fleet(cameras), {**secrets, **TWO_A_GROUP, **more}) as running:
        wait_until(lambda: len(published_by(running)) == 4, lambda: running.log)
        yield running


def published_by(running: AgentProcess) -> set[str]:
    """Cameras of which frames were published."""
    if not (running.folder / "summary.json").exists():
        return set()
    return {name for name, it in running.account["cameras"].items() if it["published"]}


def pids(running: AgentProcess) -> list[int]:
    """Processes of the groups."""
    return [group["pid"] for group in running.account["groups"]]


def test_a_group_has_no_secret_in_its_arguments_or_environment(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with two_groups(site, secrets, camera_url, tmp_path) as running:
        assert any(secret in Path(f"/proc/{running.process.pid}/environ").read_text() for secret in SECRETS)
        for pid in pids(running):
            for name in ("cmdline", "environ"):
                seen = Path(f"/proc/{pid}/{name}").read_text()
                assert seen
                assert not [secret for secret in SECRETS if secret in seen]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV], ids=lambda it: it.name)
def test_a_process_that_dies_costs_its_group_only_and_is_replaced(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path, number: signal.Signals
):
    with two_groups(site, secrets, camera_url, tmp_path) as running:
        hit, spared = running.account["groups"]
        os.kill(hit["pid"], number)

        wait_until(lambda: sorted(reconnects(running).values()) == [0, 0, 1, 1], lambda: running.log)
        wait_until(lambda: all(group["up"] for group in running.account["groups"]))
        after = running.account["groups"]
        assert after[0]["pid"] != hit["pid"]
        assert (after[0]["restarts"], after[1]["restarts"]) == ({"crashed": 1}, {})
        assert after[1]["pid"] == spared["pid"]
        assert f"found it killed by {number.name}; its 2 camera(s) connect again" in running.log
        with urlopen(f"http://127.0.0.1:{running.metrics_port}/metrics") as response:
            assert 'ommatid_edge_group_restarts_total{reason="crashed"} 1.0' in response.read().decode()

        touched = {name for name, count in reconnects(running).items() if count}
        statuses = site.read(site.status_topic, CameraStatus, lambda seen: backed_off(seen) == touched)
        assert backed_off([status for _, status in statuses]) == touched
        assert running.stop() == 0
        account = running.account
        assert account["captured"] == account["published"] + sum(account["dropped"].values())
        assert not [secret for secret in SECRETS if secret in running.log]


def reconnects(running: AgentProcess) -> dict[str, int]:
    """Connections after the first, by camera."""
    return {name: it["reconnects"] for name, it in running.account["cameras"].items()}


def backed_off(statuses: list[CameraStatus]) -> set[str]:
    """Cameras that were seen backing off."""
    return {it.camera_id for it in statuses if it.state is CameraState.BACKING_OFF}


def test_a_frozen_process_is_replaced(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with two_groups(site, secrets, camera_url, tmp_path, OMMATID_EDGE_GROUP_SILENCE_S="5") as running:
        os.kill(pids(running)[1], signal.SIGSTOP)

        wait_until(lambda: running.account["groups"][1]["restarts"] == {"silent": 1}, lambda: running.log)
        wait_until(lambda: sorted(reconnects(running).values()) == [0, 0, 1, 1], lambda: running.log)
        assert running.account["groups"][0]["restarts"] == {}


def test_no_group_outlives_an_agent_that_was_killed(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with two_groups(site, secrets, camera_url, tmp_path) as running:
        left = pids(running)
        running.process.kill()
        running.process.wait()

        wait_until(lambda: not any(is_alive(pid) for pid in left))
        assert "Traceback" not in running.log


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_trigger_that_comes_while_a_camera_is_away_opens_its_event_layer(
    site: Site, secrets: dict[str, str], tmp_path: Path
):
    def server(port: int) -> CameraServer:
        camera = SimulatedCamera("camera-1", scene="street")
        return CameraServer([camera], port=port, username="ommatid", password=PASSWORD)

    with background_server(server(0)) as first:
        port = first.port
    url = f"rtsp://{{CAMERA_USER}}:{{CAMERA_PASSWORD}}@127.0.0.1:{port}/camera-1"
    with agent(tmp_path, site.fleet({"away": {"url": url}}), secrets) as running:
        wait_until(lambda: "listening for triggers" in running.log and "connection refused" in running.log)
        now_us = time.time_ns() // 1000
        trigger = SingleObjectCodec().encode(Trigger("away", now_us + 60_000_000, f"away/{now_us}", 0.9))
        with RecordProducer(site.client) as producer:
            producer.produce(site.triggers_topic, b"away", trigger, now_us // 1000)
        # The process that was told is replaced, too: the agent repeats it to the next one.
        wait_until(lambda: running.account["groups"][0]["up"])
        os.kill(pids(running)[0], signal.SIGKILL)

        with background_server(server(port)):
            site.read(
                site.frames_topic,
                FrameEvent,
                lambda seen: sum(it.camera_id == "away" and it.reason is Reason.EVENT for it in seen) >= 5,
            )


def test_a_process_ends_in_order_when_told_to():
    process = Subprocess({"PATH": "/bin"})
    process.send(Stop())

    assert received(process) == b""
    assert process.wait(10.0) == "ended with exit code 0"


def test_a_process_that_was_killed_says_so_and_takes_commands_without_complaint():
    process = Subprocess({"PATH": "/bin"})
    process.kill()

    assert received(process) == b""
    process.send(Stop())
    assert process.wait(10.0) == "killed by SIGKILL"


def received(process: Subprocess) -> bytes:
    """Everything until the end of the pipe."""
    give_up_at_s, everything = time.monotonic() + 20.0, b""
    while (chunk := process.receive()) != b"":
        assert time.monotonic() < give_up_at_s
        everything += chunk or b""
    return everything
