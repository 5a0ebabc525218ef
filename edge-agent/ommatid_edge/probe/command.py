"""What ``ommatid-edge probe`` does."""

import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.camera_address import CameraAddress, check_address
from ommatid_edge.errors import CameraError
from ommatid_edge.probe.advice import Intent
from ommatid_edge.probe.faults import sentence
from ommatid_edge.probe.probing import ProbeRequest, probe
from ommatid_edge.probe.recording import ProbeClock
from ommatid_edge.probe.report import as_json, as_text, fault_as_json
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import SecretTemplate, load_fleet

_FAULTY = 1
_USAGE = 2


def run_probe(
    url: str | None, fleet: Path | None, camera: str | None, seconds: float, *, tls_verify: bool, json_output: bool
) -> None:
    """Probe what the arguments of the command name, print the result, and exit as it documents."""
    try:
        request = _request(url, fleet, camera, seconds, tls_verify=tls_verify)
    except ConfigurationError as exc:
        typer.echo(f"ommatid-edge: nothing was probed\n{exc}", err=True)
        raise typer.Exit(_USAGE) from None
    _probe(request, json_output=json_output)


def _request(
    url: str | None, fleet: Path | None, camera: str | None, seconds: float, *, tls_verify: bool
) -> ProbeRequest:
    if fleet is not None and camera is not None and url is None:
        return _of_fleet(fleet, camera, seconds)
    if url is not None and fleet is None and camera is None:
        _warn_of_password(url)
        return ProbeRequest(_address(url), seconds, tls_verify)
    raise ConfigurationError("arguments: expected either a URL, or --fleet together with --camera; give one of them")


def _probe(request: ProbeRequest, *, json_output: bool) -> None:
    clock = ProbeClock(time.monotonic, lambda: time.time_ns() // 1000)
    try:
        with _progress() as on_progress:
            result = probe(request, clock, on_progress)
    except CameraError as exc:
        fault = sentence(exc)
        if json_output:
            typer.echo(json.dumps(fault_as_json(str(request.address), fault)))
        typer.echo(f"ommatid-edge: {fault}", err=True)
        raise typer.Exit(_FAULTY) from None
    typer.echo(json.dumps(as_json(result)) if json_output else as_text(result))


def _of_fleet(path: Path, camera: str, seconds: float) -> ProbeRequest:
    """The stream of a camera that the agent would watch, with what its group says about it."""
    fleet = load_fleet(path)
    region = fleet.cameras[camera].region if camera in fleet.cameras else next(iter(fleet.regions))
    plans = plan_agent(fleet, region, [camera], os.environ).cameras
    if not plans:
        raise ConfigurationError(f"cameras.{camera}: expected a camera that is enabled, found enabled: false")
    plan = plans[0]
    intent = Intent(
        decode=plan.decode,
        publish_width_px=plan.jpeg.max_width_px,
        substream=fleet.cameras[camera].substream is not None,
    )
    return ProbeRequest(plan.address, seconds, plan.tls_verify, intent)


def _address(text: str) -> CameraAddress:
    template = sys.stdin.readline().strip() if text == "-" else text
    url = SecretTemplate(template).resolve(os.environ, "URL")
    # The host names a camera that is in no fleet file. It is taken from what may be shown of the URL, so that no part
    # of a password that breaks the URL is taken for it.
    address = CameraAddress(_host(CameraAddress("", url).shown), url)
    check_address(address, "URL")
    return address


def _warn_of_password(template: str) -> None:
    before, at, _ = template.rpartition("@")
    if at and "{" not in before:
        typer.echo(
            "ommatid-edge: everybody on this machine can see a password on the command line; "
            "write {NAME} for a variable of the environment, or - to read the URL from standard input",
            err=True,
        )


def _host(url: str) -> str:
    """Host of a URL, or a word that stands for it."""
    try:
        return urlsplit(url).hostname or "unknown"
    except ValueError:
        return "unknown"


@contextmanager
def _progress() -> Generator[Callable[[str, float], None]]:
    """Shows on stderr what is being done; only where somebody can see it."""
    columns = (TextColumn("{task.description:<18}"), BarColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("connecting", total=1.0)
        yield lambda doing, share: progress.update(task, description=doing, completed=share)
