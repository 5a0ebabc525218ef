import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ommatid_edge.simulator import Fault
from tests.services.simulator.rtsp_client import watch

COMMAND = [sys.executable, "-c", "from ommatid_edge.simulator.cli import app; app()", "cameras"]


def finished(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_cameras_are_announced_served_and_ended_by_a_signal(signal_number: signal.Signals, tmp_path: Path) -> None:
    ready_file = tmp_path / "ready.json"
    arguments = ["--port", "0", "--count", "2", "--scene", "empty", "--json", "--ready-file", str(ready_file)]
    environment = {**os.environ, "CAMERA_PASSWORD": "s3cret/"}
    command = [*COMMAND, *arguments, "--password-env", "CAMERA_PASSWORD"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        listing = json.loads(process.stdout.readline())
        assert json.loads(ready_file.read_text()) == listing
        assert ready_file.stat().st_mode & 0o777 == 0o600
        cameras = listing["cameras"]
        seen = watch(cameras[1]["url"], frames=1)
        process.send_signal(signal_number)
        assert process.wait(timeout=60) == 0

    assert [(camera["name"], camera["scene"]) for camera in cameras] == [("camera-1", "empty"), ("camera-2", "empty")]
    assert cameras[0]["url"] == f"rtsp://ommatid:s3cret%2F@127.0.0.1:{listing['port']}/camera-1"
    assert len(seen.sizes) == 1


def test_without_json_no_password_is_printed() -> None:
    with subprocess.Popen([*COMMAND, "--port", "0", "--count", "1"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()

    assert line.startswith("rtsp://127.0.0.1:")
    assert line.endswith("/camera-1  street\n")


def test_a_port_in_use_is_one_sentence_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = finished("--port", str(taken.getsockname()[1]))

    assert result.returncode == 2
    assert "is already in use; end the program that listens there, or choose another port" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scene", "moon"], "camera camera-1: no scene 'moon'; choose from street,"),
        (["--size", "large"], "--size: expected WIDTHxHEIGHT such as 1280x720, found 'large'"),
        (["--key-frames-every", "soon"], "--key-frames-every: expected a time such as 500ms, 10s or 5m, found 'soon'"),
        (["--ready-file", "/nonexistent/ready", "--port", "0"], "ready file /nonexistent/ready: cannot be written"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_code_2(arguments: list[str], sentence: str) -> None:
    result = finished(*arguments)

    assert result.returncode == 2
    assert result.stderr.startswith(sentence)
    assert result.stderr.count("\n") == 1


def test_faults_are_switched_by_command_while_cameras_run(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--count", "1", "--control-port", "0", "--tls", "--json"]
    arguments += [
        "--codec",
        "mjpeg",
        "--size",
        "64x48",
        "--fps",
        "5",
        "--key-frames-every",
        "1s",
        "--bit-rate",
        "100000",
    ]
    environment = {**os.environ, "OMMATID_SIMULATOR_CACHE": str(tmp_path)}
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        listing = json.loads(process.stdout.readline())
        port = str(listing["control_port"])
        seen = watch(listing["cameras"][0]["url"], frames=1)
        on = told("fault", "camera-1", "loss", "--amount", "0.5", "--for", "1h", "--control-port", port)
        off = told("fault", "camera-1", "--clear", "--control-port", port)
        wrong = told("fault", "camera-1", "--control-port", port)
        process.terminate()
        assert process.wait(timeout=60) == 0

    assert listing["cameras"][0]["url"].startswith("rtsps://")
    assert seen.sizes == [(64, 48)]
    assert json.loads(on.stdout)["faults"] == {"loss": 0.5}
    assert json.loads(off.stdout)["faults"] == {}
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert wrong.stderr.startswith("simulator: fault: Input should be 'fin', 'rst'")


def test_the_faults_are_listed() -> None:
    lines = told("faults").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(Fault)


def told(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND[:-1], *arguments], capture_output=True, text=True, timeout=60, check=False)
