"""HTTP connections that look at the resolved address before they open: a name in the DNS can point anywhere."""

import socket
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from ommatid_connectors.outbound_address import refusal


class AddressRefused(OSError):
    """A name resolves to an address that the configuration does not allow; nothing was connected to."""


def checked_addresses(host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
    """Addresses of a host, all of them allowed.

    The caller connects to one of these and does not resolve the name again: between two look-ups a
    name can change ("DNS rebinding").

    Raises:
        AddressRefused: One of them is not allowed.
        socket.gaierror: The name cannot be resolved.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = tuple(dict.fromkeys(str(info[4][0]) for info in found))
    for address in addresses:
        reason = refusal(address, allow_private=allow_private)
        if reason is not None:
            raise AddressRefused(reason)
    return addresses


class _Guarded(HTTPConnection):
    allow_private = False

    def _new_conn(self) -> socket.socket:
        try:
            return self._connect(checked_addresses(self.host, self.port or 0, allow_private=self.allow_private))
        except AddressRefused:
            raise
        except socket.gaierror as exc:
            raise NameResolutionError(self.host, self, exc) from exc
        except TimeoutError as exc:
            raise ConnectTimeoutError(self, f"connection to {self.host} timed out") from exc
        except OSError as exc:
            raise NewConnectionError(self, f"connection to {self.host} failed") from exc

    def _connect(self, addresses: tuple[str, ...]) -> socket.socket:
        failure = OSError("no address")
        for address in addresses:
            try:
                return create_connection((address, self.port or 0), self.timeout, socket_options=self.socket_options)
            except OSError as exc:
                failure = exc
        raise failure


class _GuardedTls(_Guarded, HTTPSConnection):
    """The certificate is still checked against the name, not the address."""


class _Private(_Guarded):
    allow_private = True


class _PrivateTls(_GuardedTls):
    allow_private = True


class GuardedAdapter(HTTPAdapter):
    """Transport of a ``requests`` session that connects to allowed addresses only.

    Behind a proxy the proxy resolves names, and what may be reached is its rule.

    Args:
        allow_private: Whether loopback, private and link-local addresses are allowed.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools with connections that look."""
        super().init_poolmanager(*args, **kwargs)
        plain, tls = (_Private, _PrivateTls) if self._allow_private else (_Guarded, _GuardedTls)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pools(HTTPConnectionPool, plain),
            "https": _pools(HTTPSConnectionPool, tls),
        }


def _pools(kind: type[HTTPConnectionPool], connection: type[HTTPConnection]) -> Any:
    def build(*args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = kind(*args, **kwargs)
        # The pool opens its connections with this class.
        pool.ConnectionCls = cast("Any", connection)
        return pool

    return build
