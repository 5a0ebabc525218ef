"""Asks the networks of this machine for ONVIF devices (WS-Discovery 2005/04 over UDP multicast).

The library probes from every network interface but loopback, and repeats each probe as
SOAP-over-UDP asks for. See docs/decisions/004-ws-discovery.md for the choice.
"""

# The library has no type annotations.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

import logging
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from wsdiscovery.discovery import ThreadedWSDiscovery
from wsdiscovery.qname import QName

from ommatid_edge.discovery.device import FoundDevice, ServiceAnswer, onvif_device
from ommatid_schemas.errors import OmmatidError

_CAMERA = QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")
_DEVICE = QName("http://www.onvif.org/ver10/device/wsdl", "Device")
_PORT = 3702


class DiscoveryError(OmmatidError):
    """The network cannot be asked."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What answered.

    Attributes:
        devices: ONVIF devices by address and identity.
        complete: False when a malformed answer ended a listener, so that devices may be missing.
    """

    devices: tuple[FoundDevice, ...]
    complete: bool


def search(timeout_s: float, interfaces: Sequence[IPv4Address] = ()) -> SearchResult:
    """Probe and collect answers.

    Args:
        timeout_s: How long answers are waited for, seconds. Devices wait up to 0.5 s at random.
        interfaces: Own addresses to ask from besides those of all interfaces that are neither
            loopback nor link-local.

    Raises:
        DiscoveryError: The port cannot be listened at, or an interface does not exist.
    """
    # It warns of every message that it does not need, such as the probes of others.
    logging.getLogger("daemon").setLevel(logging.ERROR)
    with _listener_deaths() as deaths, _started(interfaces) as discovery:
        # Types in one probe must all match, and devices differ in which one they answer to.
        for types in ([_CAMERA], [_DEVICE], None):
            discovery.searchServices(types=types, timeout=0)
        time.sleep(timeout_s)
        answers = [_answer(service) for service in discovery.searchServices(timeout=0)]
    devices = {device.endpoint: device for device in map(onvif_device, answers) if device is not None}
    listed = sorted(devices.values(), key=lambda device: (device.address, device.endpoint))
    return SearchResult(tuple(listed), complete=not deaths)


@contextmanager
def _started(interfaces: Sequence[IPv4Address]) -> Generator[Any]:
    # Some cameras repeat the id of the probe as the id of their answer.
    discovery: Any = ThreadedWSDiscovery(relates_to=True)
    try:
        discovery.start()
        for interface in interfaces:
            discovery.addSourceAddr(interface)
    except OSError as exc:
        raise DiscoveryError(
            f"discovery: expected to listen at UDP port {_PORT} of this machine, found {exc.strerror}; "
            "check the address of the interface and which program holds the port"
        ) from exc
    try:
        yield discovery
    finally:
        discovery.stop()


def _answer(service: Any) -> ServiceAnswer:
    types = tuple((kind.getNamespace(), kind.getLocalname()) for kind in service.getTypes() or ())
    scopes = tuple(scope.getValue() for scope in service.getScopes() or ())
    return ServiceAnswer(service.getEPR(), types, scopes, tuple(service.getXAddrs()))


@contextmanager
def _listener_deaths() -> Generator[list[str]]:
    """Names of the threads that an exception ended meanwhile; the library lets malformed answers do that."""
    deaths: list[str] = []
    before = threading.excepthook
    threading.excepthook = lambda args: deaths.append(str(args.exc_type))
    try:
        yield deaths
    finally:
        threading.excepthook = before
