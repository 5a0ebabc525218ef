"""``ommatid-edge probe``: its arguments. What it does is imported when it is asked for."""

from pathlib import Path
from typing import Annotated

import typer


def probe_camera(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help="RTSP URL; {NAME} in it comes from the environment, and - reads the URL from standard input.",
        ),
    ] = None,
    fleet: Annotated[Path | None, typer.Option(help="Fleet file to take the camera from.")] = None,
    camera: Annotated[str | None, typer.Option(help="Camera of the fleet file.")] = None,
    seconds: Annotated[float, typer.Option(min=1, max=300, help="How long to watch, seconds.")] = 10.0,
    tls_verify: Annotated[
        bool, typer.Option("--tls-verify/--no-tls-verify", help="Check the certificate of an rtsps camera.")
    ] = True,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Watch a camera for a while and say what it is like, what it costs and what to change.

    Key frames further apart than --seconds cannot be measured. Exit codes: 0 the camera can be
    watched, 1 it cannot, 2 the arguments or the fleet file are wrong.
    """
    # `ommatid-edge run` shares this module, and its process does without FFmpeg: that spares it 17 MB.
    from ommatid_edge.probe.command import run_probe  # noqa: PLC0415

    run_probe(url, fleet, camera, seconds, tls_verify=tls_verify, json_output=json_output)
