import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from ommatid_edge.simulator import (
    CameraServer,
    CannotListenError,
    ControlError,
    Fault,
    SimulatedCamera,
    background_server,
    control_client,
)
from ommatid_edge.simulator.control_endpoint import ControlEndpoint


@pytest.fixture(scope="module")
def server(short_scene: Mapping[str, Path]) -> Iterator[CameraServer]:
    cameras = [SimulatedCamera("a", "short"), SimulatedCamera("b", "short")]
    with background_server(CameraServer(cameras, scenes=short_scene)) as it:
        yield it


@pytest.fixture(scope="module")
def port(server: CameraServer) -> Iterator[int]:
    with closing(ControlEndpoint(server, 0)) as control:
        control.start()
        yield control.port


def request(port: int, method: str, path: str, body: str = "", kind: str = "application/json") -> tuple[int, object]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, {"Content-Type": kind})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


def test_faults_are_switched_listed_and_cleared(server: CameraServer, port: int) -> None:
    switched = control_client.switch(port, "a", {"fault": "loss", "amount": 0.5})
    assert switched == {"name": "a", "clients": 0, "faults": {"loss": 0.5}}
    control_client.switch(port, "a", {"fault": "stall"})
    assert server.condition("a").faults == {Fault.LOSS: 0.5, Fault.STALL: 0.0}

    _, listing = request(port, "GET", "/cameras")
    assert listing == {
        "cameras": [
            {"name": "a", "clients": 0, "faults": {"loss": 0.5, "stall": 0.0}},
            {"name": "b", "clients": 0, "faults": {}},
        ]
    }

    assert control_client.clear(port, "a", "loss")["faults"] == {"stall": 0.0}
    assert control_client.clear(port, "a", None)["faults"] == {}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "/", "", 404, "GET /: expected /cameras or /cameras/NAME/faults"),
        ("DELETE", "/cameras/a/faults/flood", "", 404, "expected /cameras or"),
        ("POST", "/cameras/nowhere/faults", '{"fault": "fin"}', 404, "no camera 'nowhere' is simulated"),
        ("POST", "/cameras/a/faults", '{"fault": "flood"}', 400, "fault: Input should be 'fin', 'rst'"),
        ("POST", "/cameras/a/faults", '{"fault": "loss", "amount": 2}', 400, "fault loss: expected 0 to 1 share"),
        (
            "POST",
            "/cameras/a/faults",
            '{"fault": "loss", "amount": NaN}',
            400,
            "amount: Input should be a finite",
        ),
        ("POST", "/cameras/a/faults", '{"fault": "fin", "when": 1}', 400, "when: Extra inputs are not permitted"),
        ("POST", "/cameras/a/faults", "fin", 400, "body: Invalid JSON"),
        ("POST", "/cameras/a/faults", " " * 5_000, 400, "of at most 4096 bytes"),
    ],
)
def test_a_mistake_is_answered_with_one_sentence(
    port: int, method: str, path: str, body: str, status: int, sentence: str
) -> None:
    found, content = request(port, method, path, body)

    assert found == status
    assert sentence in str(content)


def test_a_form_of_a_web_page_switches_nothing(server: CameraServer, port: int) -> None:
    status, _ = request(port, "POST", "/cameras/b/faults", '{"fault": "stall"}', kind="text/plain")

    assert status == 400
    assert server.condition("b").faults == {}


def test_a_port_in_use_is_said_in_one_sentence(server: CameraServer, port: int) -> None:
    with pytest.raises(CannotListenError, match=rf"127\.0\.0\.1:{port} for control .*; choose another port"):
        ControlEndpoint(server, port)


def test_no_simulator_at_the_port_is_said_in_one_sentence(server: CameraServer) -> None:
    with closing(ControlEndpoint(server, 0)) as closed:
        port = closed.port

    with pytest.raises(ControlError, match=rf"no answer on control port {port} .*; start it with --control-port"):
        control_client.clear(port, "a", None)
