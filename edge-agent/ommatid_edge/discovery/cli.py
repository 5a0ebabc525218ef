"""``ommatid-edge discover``."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from ipaddress import IPv4Address
from typing import Annotated

import typer
from rich.console import Console

from ommatid_edge.discovery.device import FoundDevice
from ommatid_edge.discovery.ws_discovery import DiscoveryError, search

_NOTHING_FOUND = 1
_USAGE = 2


def discover(
    timeout: Annotated[float, typer.Option(min=0.5, max=60, help="How long to wait for answers, seconds.")] = 5.0,
    interface: Annotated[
        list[str] | None, typer.Option(help="IPv4 address of an interface to ask from too, such as a link-local one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Find ONVIF cameras in the networks of this machine (WS-Discovery).

    Shows what they say of themselves. Their RTSP URLs are not part of that: these need credentials.
    Exit codes: 0 something found, 1 nothing found, 2 the network cannot be asked.
    """
    interfaces = _interfaces(interface or ())
    try:
        with Console(stderr=True).status(f"asking for ONVIF devices, {timeout:.0f} s"):
            result = search(timeout, interfaces)
    except DiscoveryError as exc:
        typer.echo(f"ommatid-edge: {exc}", err=True)
        raise typer.Exit(_USAGE) from None
    if as_json:
        typer.echo(json.dumps([asdict(it) for it in result.devices]))
    elif result.devices:
        typer.echo(_text(result.devices))
    if not result.complete:
        typer.echo("ommatid-edge: a malformed answer ended the search early; devices may be missing", err=True)
    if not result.devices:
        typer.echo(
            f"ommatid-edge: expected ONVIF devices to answer within {timeout:g} s, found none; run this in the "
            "cameras' own network, and check that ONVIF discovery is switched on in the cameras",
            err=True,
        )
        raise typer.Exit(_NOTHING_FOUND)


def _interfaces(texts: Sequence[str]) -> list[IPv4Address]:
    try:
        return [IPv4Address(text) for text in texts]
    except ValueError as exc:
        raise typer.BadParameter(f"expected an IPv4 address of this machine, found {exc}") from None


def _text(devices: Sequence[FoundDevice]) -> str:
    return "\n".join(line for device in devices for line in _lines(device))


def _lines(device: FoundDevice) -> list[str]:
    title = "  ".join(part for part in (device.address, device.name, device.hardware) if part)
    details = (("service", device.xaddrs), ("scopes", device.scopes), ("id", (device.endpoint,)))
    return [title, *(f"  {label:<8} {value}" for label, values in details for value in values)]
