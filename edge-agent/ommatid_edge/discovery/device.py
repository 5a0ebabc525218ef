"""What an ONVIF device says of itself in WS-Discovery.

ONVIF Core Specification, 7.3: a device announces its types, its XAddrs (the addresses of its device
service) and scopes such as ``onvif://www.onvif.org/name/Entrance``. All of it is whatever the
device claims, and it says nothing of streams: those need the media service and credentials.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

_SCOPE = "onvif://www.onvif.org/"
_TYPE = "http://www.onvif.org/"


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """One answer to a probe, as it came.

    Attributes:
        endpoint: Stable identity of the device, usually ``urn:uuid:...``.
        types: Namespace and local name of each type.
        scopes: Scope URIs.
        xaddrs: Addresses of the device service.
    """

    endpoint: str
    types: tuple[tuple[str, str], ...]
    scopes: tuple[str, ...]
    xaddrs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """One ONVIF device, ready to show: control characters of its texts are gone.

    Attributes:
        endpoint: Stable identity of the device, usually ``urn:uuid:...``.
        address: Host of its device service; empty when it gives none.
        name: Name scope; empty when it has none.
        hardware: Hardware scope; empty when it has none.
        profiles: ONVIF profiles that it claims, such as ``Streaming`` or ``T``.
        xaddrs: URLs of its device service.
        scopes: All scopes as they came.
    """

    endpoint: str
    address: str
    name: str
    hardware: str
    profiles: tuple[str, ...]
    xaddrs: tuple[str, ...]
    scopes: tuple[str, ...]


def onvif_device(answer: ServiceAnswer) -> FoundDevice | None:
    """Read an answer; None when it comes from something else, such as a printer."""
    if not _is_onvif(answer):
        return None
    scopes = tuple(_printable(scope) for scope in answer.scopes)
    xaddrs = tuple(_printable(xaddr) for xaddr in answer.xaddrs)
    return FoundDevice(
        endpoint=_printable(answer.endpoint),
        address=_address(xaddrs),
        name=", ".join(_values(scopes, "name")),
        hardware=", ".join(_values(scopes, "hardware")),
        profiles=tuple(_values(scopes, "Profile")),
        xaddrs=xaddrs,
        scopes=scopes,
    )


def _is_onvif(answer: ServiceAnswer) -> bool:
    typed = any(namespace.startswith(_TYPE) for namespace, _ in answer.types)
    return typed or any(scope.startswith(_SCOPE) for scope in answer.scopes)


def _values(scopes: Sequence[str], kind: str) -> Iterator[str]:
    prefix = f"{_SCOPE}{kind}/"
    for scope in scopes:
        if scope.startswith(prefix) and (value := _printable(unquote(scope[len(prefix) :])).strip()):
            yield value


def _address(xaddrs: Sequence[str]) -> str:
    """The host that is most likely to be reachable: IPv4 before the rest, link-local last."""
    hosts = [host for host in map(_host, xaddrs) if host]
    return min(hosts, key=_rank, default="")


def _host(xaddr: str) -> str | None:
    try:
        return urlsplit(xaddr).hostname
    except ValueError:
        return None


def _rank(host: str) -> int:
    try:
        address = ip_address(host)
    except ValueError:
        return 1
    return 3 if address.is_link_local else 0 if address.version == 4 else 2


def _printable(text: str) -> str:
    """Text that cannot steer the terminal that shows it."""
    return "".join(character for character in text if character.isprintable())
