"""`ommatid simulate`: simulated cameras from the command line."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer

from ommatid_edge.simulator.errors import SimulatorError
from ommatid_edge.simulator.scenes import SCENES, SimulatedCamera, default_cameras
from ommatid_edge.simulator.server import CameraServer
from ommatid_edge.simulator.service import run
from ommatid_schemas.errors import ConfigurationError

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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the URLs once ready.")] = False,
    ready_file: Annotated[
        Path | None, typer.Option(help="Write the same JSON object to this file once ready (mode 0600).")
    ] = None,
) -> None:
    """Serve simulated cameras over RTSP until Ctrl-C or SIGTERM."""
    _log_to_stderr()
    password = os.environ.get(password_env, DEFAULT_PASSWORD)
    try:
        server = CameraServer(_cameras(count, scene or ()), host=host, port=port, username=username, password=password)
        run(server, lambda ready: _announce(ready, as_json=as_json, ready_file=ready_file))
    except (ConfigurationError, SimulatorError) as exc:
        typer.echo(str(exc), err=True)
        raise typer.Exit(2 if isinstance(exc, ConfigurationError) else 1) from exc


def _cameras(count: int, scenes: Sequence[str]) -> tuple[SimulatedCamera, ...]:
    return default_cameras(count, scenes) if scenes else default_cameras(count)


def _announce(server: CameraServer, *, as_json: bool, ready_file: Path | None) -> None:
    listing = json.dumps(_listing(server))
    if ready_file is not None:
        _write_atomically(ready_file, listing)
    if as_json:
        typer.echo(listing)
        return
    for camera in server.cameras:
        typer.echo(f"{server.url(camera.name)}  {camera.scene}")
    typer.echo("Clients need user name and password. Ctrl-C ends.", err=True)


def _listing(server: CameraServer) -> dict[str, object]:
    """What `--json` prints: host, port, and name, scene and URL (with credentials) of each camera."""
    return {
        "host": server.host,
        "port": server.port,
        "cameras": [
            {"name": camera.name, "scene": camera.scene, "url": server.url(camera.name, with_credentials=True)}
            for camera in server.cameras
        ],
    }


def _write_atomically(path: Path, text: str) -> None:
    """Write a file that others see whole or not at all, readable by its owner only since it holds a password."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        Path(temporary).replace(path)
    except OSError as exc:
        raise ConfigurationError(f"ready file {path}: cannot be written ({exc.strerror}); choose another path") from exc


def _log_to_stderr() -> None:
    """Keep stdout for the JSON object, unless the program that mounts this app has set up logging itself."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
