"""`ommatid simulate`: simulated cameras from the command line."""

import json
import os
import re
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import structlog
import typer
from pydantic import TypeAdapter, ValidationError

from ommatid_connectors.atomic_file import write_atomically
from ommatid_edge.simulator import control_client
from ommatid_edge.simulator.certificate import self_signed
from ommatid_edge.simulator.control_endpoint import ControlEndpoint
from ommatid_edge.simulator.encoding import Codec, Encoding
from ommatid_edge.simulator.errors import SimulatorError
from ommatid_edge.simulator.faults import NATURES
from ommatid_edge.simulator.scenes import SCENES, SimulatedCamera, default_cameras
from ommatid_edge.simulator.server import CameraServer
from ommatid_edge.simulator.service import run
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file.values import Seconds

DEFAULT_PASSWORD_ENV = "OMMATID_SIMULATOR_PASSWORD"  # noqa: S105 - the name of a variable
# Protects nothing but demo footage on loopback; it is there so that clients have to authenticate.
DEFAULT_PASSWORD = "ommatid"  # noqa: S105

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_show_locals=False, help="Simulated cameras with real footage."
)


@app.callback()
def simulate() -> None:
    """Simulated cameras with real footage."""


@app.command()
def cameras(
    *,
    count: Annotated[int, typer.Option(min=1, max=1_000, help="How many cameras.")] = 4,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on; 0 takes a free one.")] = 8554,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    username: Annotated[str, typer.Option(help="User name that clients need.")] = "ommatid",
    password_env: Annotated[
        str, typer.Option(help="Environment variable with the password; 'ommatid' if it is not set.")
    ] = DEFAULT_PASSWORD_ENV,
    scene: Annotated[
        list[str] | None, typer.Option(help=f"What the cameras show, in turn; repeatable. One of {', '.join(SCENES)}.")
    ] = None,
    codec: Annotated[Codec | None, typer.Option(help="Encode the scenes anew in this format.")] = None,
    size: Annotated[str | None, typer.Option(help="Encode them anew in this size, such as 1280x720.")] = None,
    fps: Annotated[int | None, typer.Option(min=1, max=60, help="Encode them anew at this rate.")] = None,
    key_frames_every: Annotated[str | None, typer.Option(help="Encode them anew with this key frame distance.")] = None,
    bit_rate: Annotated[
        int | None, typer.Option(min=10_000, max=100_000_000, help="Encode them anew at this constant rate, bit/s.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Serve rtsps with a self-signed certificate.")] = False,
    control_port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Port on loopback to switch faults at; 0 takes a free one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the URLs once ready.")] = False,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write the same JSON object to this file once ready (mode 0600).")
    ] = None,
) -> None:
    """Serve simulated cameras over RTSP until Ctrl-C or SIGTERM.

    Scenes that are encoded anew are shortened to 10 s and kept in a cache.
    """
    _log_to_stderr()
    with _one_sentence(), ExitStack() as resources:
        server = CameraServer(
            _cameras(count, scene or (), _encoding(codec, size, fps, key_frames_every, bit_rate)),
            host=host,
            port=port,
            username=username,
            password=os.environ.get(password_env, DEFAULT_PASSWORD),
            tls=self_signed(host).server_context() if tls else None,
        )
        control = (
            None if control_port is None else resources.enter_context(closing(ControlEndpoint(server, control_port)))
        )
        run(server, lambda ready: _announce(ready, control, as_json=as_json, ready_file=ready_file), control)


@app.command()
def fault(
    camera: Annotated[str, typer.Argument(help="Name of the camera, such as camera-1.")],
    fault: Annotated[
        str, typer.Argument(metavar="FAULT", help="What goes wrong; 'ommatid simulate faults' lists all.")
    ] = "",
    *,
    amount: Annotated[float | None, typer.Option(help="How much; the usual amount if left out.")] = None,
    for_: Annotated[str | None, typer.Option("--for", help="Clear it again after this time, such as 10s.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Clear the fault, or all if none is named.")] = False,
    control_port: Annotated[int, typer.Option(min=1, max=65_535, help="Control port of the simulator.")] = 8555,
) -> None:
    """Let a simulated camera misbehave, or behave again, while it runs."""
    with _one_sentence():
        if clear:
            condition = control_client.clear(control_port, camera, fault or None)
        else:
            order = {"fault": fault, "amount": amount, "for_s": _duration_s("--for", for_)}
            condition = control_client.switch(control_port, camera, order)
        typer.echo(json.dumps(condition))


@app.command()
def faults() -> None:
    """List what simulated cameras can do wrong."""
    for name, nature in NATURES.items():
        usual = "" if nature.usual is None else f" (amount: {nature.usual:g} {nature.unit})"
        typer.echo(f"{name:18}{'once' if nature.once else 'lasts':7}{nature.what}{usual}")


@contextmanager
def _one_sentence() -> Generator[None]:
    """End the command with one sentence instead of a traceback."""
    try:
        yield
    except (ConfigurationError, SimulatorError) as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(2 if isinstance(exc, ConfigurationError) else 1) from exc


def _cameras(count: int, scenes: Sequence[str], encoding: Encoding | None) -> tuple[SimulatedCamera, ...]:
    cameras = default_cameras(count, scenes) if scenes else default_cameras(count)
    return tuple(replace(camera, encoding=encoding) for camera in cameras)


def _encoding(
    codec: Codec | None, size: str | None, fps: int | None, key_frames_every: str | None, bit_rate: int | None
) -> Encoding | None:
    if (codec, size, fps, key_frames_every, bit_rate) == (None, None, None, None, None):
        return None
    return Encoding(
        codec=codec or Codec.H264,
        size_px=None if size is None else _size_px(size),
        frames_per_s=fps,
        key_frame_every_s=_duration_s("--key-frames-every", key_frames_every) or Encoding().key_frame_every_s,
        bit_rate=bit_rate,
    )


def _size_px(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{2,4})x([0-9]{2,4})", text)
    if match is None:
        raise ConfigurationError(f"--size: expected WIDTHxHEIGHT such as 1280x720, found {text!r}; change it")
    return int(match[1]), int(match[2])


def _duration_s(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return TypeAdapter(Seconds).validate_python(text)
    except ValidationError as exc:
        raise ConfigurationError(f"{option}: expected a time such as 500ms, 10s or 5m, found {text!r}") from exc


def _announce(server: CameraServer, control: ControlEndpoint | None, *, as_json: bool, ready_file: Path | None) -> None:
    listing = json.dumps(_listing(server, control))
    if ready_file is not None:
        _write_ready_file(ready_file, listing)
    if as_json:
        typer.echo(listing)
        return
    for camera in server.cameras:
        typer.echo(f"{server.url(camera.name)}  {camera.scene}")
    if control is not None:
        typer.echo(f"Faults: ommatid simulate fault CAMERA FAULT --control-port {control.port}", err=True)
    typer.echo("Clients need user name and password. Ctrl-C ends.", err=True)


def _listing(server: CameraServer, control: ControlEndpoint | None) -> dict[str, object]:
    """What `--json` prints: host, ports, and name, scene and URL (with credentials) of each camera."""
    return {
        "host": server.host,
        "port": server.port,
        "control_port": None if control is None else control.port,
        "cameras": [
            {"name": camera.name, "scene": camera.scene, "url": server.url(camera.name, with_credentials=True)}
            for camera in server.cameras
        ],
    }


def _write_ready_file(path: Path, listing: str) -> None:
    try:
        # It holds a password.
        write_atomically(path, listing, mode=0o600)
    except OSError as exc:
        raise ConfigurationError(f"ready file {path}: cannot be written ({exc.strerror}); choose another path") from exc


def _log_to_stderr() -> None:
    """Keep stdout for the JSON object, unless the program that mounts this app has set up logging itself."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
