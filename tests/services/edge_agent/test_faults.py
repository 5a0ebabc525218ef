"""What goes wrong at one camera or at the broker, and what the rest of the agent makes of it."""

import re
import socket
import socketserver
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ommatid_edge.simulator import CameraServer, SimulatedCamera, background_server
from ommatid_schemas.events import CameraState, CameraStatus, FrameEvent
from tests.services.edge_agent.agent_process import AgentProcess, agent, wait_until
from tests.services.edge_agent.conftest import PASSWORD
from tests.services.edge_agent.sites import Site

SECRETS = (PASSWORD, "p%40ss", "wr0ng-s3cret")


def assert_no_secret(running: AgentProcess) -> None:
    """No password in anything that the agent wrote, in whatever spelling."""
    for path in running.folder.iterdir():
        assert not [secret for secret in SECRETS if secret in path.read_text()], path


def test_faulty_cameras_say_what_is_wrong_without_a_password_and_disturb_nobody(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], camera_server: CameraServer, tmp_path: Path
):
    with socket.create_server(("127.0.0.1", 0)) as mute, free_port() as closed_port:
        user = "rtsp://{CAMERA_USER}:{CAMERA_PASSWORD}@127.0.0.1"
        cameras = {
            "good": {"url": camera_url("camera-1")},
            "intruder": {"url": f"rtsp://{{CAMERA_USER}}:{{WRONG_PASSWORD}}@127.0.0.1:{camera_server.port}/camera-1"},
            "lost": {"url": camera_url("nowhere")},
            "closed": {"url": f"{user}:{closed_port}/camera-1"},
            "mute": {"url": f"{user}:{mute.getsockname()[1]}/camera-1"},
        }
        with agent(tmp_path, site.fleet(cameras), secrets) as running:
            statuses = site.read(
                site.status_topic,
                CameraStatus,
                lambda seen: {"intruder", "lost", "closed"} <= {it.camera_id for it in seen if it.state in FAILED},
            )
            site.read(site.frames_topic, FrameEvent, lambda seen: len(seen) >= 4)

            # The mute camera still holds its thread in the client library, which must not hold up the end.
            assert running.stop() == 0
            states = {(it.camera_id, it.state) for _, it in statuses}
            assert ("intruder", CameraState.UNAUTHORISED) in states
            assert ("lost", CameraState.BACKING_OFF) in states
            for name, found in (
                ("intruder", r"found a refusal \(401 or 403\); trying again slowly, check the credentials"),
                ("lost", r"found none \(404\); trying again, check the path"),
                ("closed", r"found connection refused; trying again, check address, port and camera"),
            ):
                assert re.search(
                    rf"camera {name} at rtsp://\*\*\*@127\.0\.0\.1:\d+/\S+: expected .*{found}", running.log
                )
            assert_no_secret(running)


FAILED = (CameraState.UNAUTHORISED, CameraState.BACKING_OFF)


def test_an_agent_connects_again_when_a_camera_comes_back(site: Site, secrets: dict[str, str], tmp_path: Path):
    def server(port: int) -> CameraServer:
        camera = SimulatedCamera("camera-1", scene="street")
        return CameraServer([camera], port=port, username="ommatid", password=PASSWORD)

    with ExitStack() as before:
        port = before.enter_context(background_server(server(0))).port
        url = f"rtsp://{{CAMERA_USER}}:{{CAMERA_PASSWORD}}@127.0.0.1:{port}/camera-1"
        with agent(tmp_path, site.fleet({"phoenix": {"url": url}}), secrets) as running:
            wait_until(lambda: published(running) >= 1)
            before.close()
            wait_until(lambda: "found the connection closed; connecting again" in running.log)
            with background_server(server(port)):
                wait_until(lambda: running.account["cameras"]["phoenix"]["reconnects"] == 1)
                published_before = published(running)
                wait_until(lambda: published(running) > published_before)
                assert running.stop() == 0
            assert_no_secret(running)


def test_without_a_broker_the_agent_says_so_goes_on_and_delivers_when_it_is_there(
    site: Site, secrets: dict[str, str], camera_url: Callable[[str], str], tmp_path: Path
):
    with free_port() as port:
        fleet = site.fleet({"patient": {"url": camera_url("camera-1")}}, bootstrap=f"127.0.0.1:{port}")
        with agent(tmp_path, fleet, secrets) as running:
            wait_until(lambda: "broker does not answer" in running.log)
            assert running.account["pending"] > 0
            assert running.log.count("broker does not answer") == 1
            assert len(running.log.splitlines()) < 15

            with forwarder(port, site.bootstrap):
                wait_until(lambda: published(running) > 5 and "broker answers again" in running.log)
                assert running.stop() == 0

        account = running.account
        assert account["pending"] == 0
        assert set(account["dropped"]) <= {"not_due", "not_decoded"}


def published(running: AgentProcess) -> int:
    """Frames acknowledged so far."""
    return running.account["published"] if (running.folder / "summary.json").exists() else 0


@contextmanager
def free_port() -> Generator[int]:
    """A port at which nobody listens and that nobody else is given: it is bound, but not listening."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextmanager
def forwarder(port: int, target: str) -> Generator[None]:
    """Passes connections to a port on to ``host:port``."""
    host, _, target_port = target.rpartition(":")

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            near: socket.socket = self.request
            with socket.create_connection((host, int(target_port))) as far, ThreadPoolExecutor(1) as other_way:
                other_way.submit(pump, far, near)
                pump(near, far)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", port), Connection) as server, ThreadPoolExecutor(1) as serving:
        serving.submit(server.serve_forever, 0.05)
        yield
        server.shutdown()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Copy until the source ends; then end the sink too."""
    with suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
