"""Which MQTT broker, and how to reach it."""

import contextlib
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from ommatid_connectors.outbound_address import literal_refusal
from ommatid_schemas.errors import ConfigurationError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class MqttTarget:
    """A broker that has been checked as far as that goes without asking anybody.

    Attributes:
        host: Name or address.
        port: TCP port.
        tls: Context of an encrypted connection; None for a plain one.
        username: None for a broker that asks for none.
        password: None for a broker that asks for none.
        allow_private: Whether loopback, private and link-local addresses are allowed.
        connect_s: Until a connection stands, seconds.
        answer_s: Until a message is acknowledged, seconds.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    username: SecretStr | None = None
    password: SecretStr | None = None
    allow_private: bool = False
    connect_s: float = 5.0
    answer_s: float = 10.0

    @classmethod
    def of(
        cls,
        url: SecretStr,
        path: str = "mqtt",
        *,
        login: tuple[SecretStr | None, SecretStr | None] = (None, None),
        ca_file: Path | None = None,
        allow_private: bool = False,
        timeouts_s: tuple[float, float] = (5.0, 10.0),
    ) -> Self:
        """Target of a URL.

        Args:
            url: ``mqtt://host:1883``, or ``mqtts://host:8883`` for TLS; the ports may be left out.
            path: Place in the configuration, for errors.
            login: User name and password.
            ca_file: Certificates to trust instead of the system's, PEM.
            allow_private: Whether loopback, private and link-local addresses are allowed.
            timeouts_s: To connect, and to be acknowledged, seconds.

        Raises:
            ConfigurationError: Another form of URL, an address that is not allowed, or unusable certificates.
        """
        parts = _split(url)
        if parts is None or not parts.hostname or "@" in parts.netloc or parts.path.strip("/"):
            raise ConfigurationError(
                f"{path}.url: expected mqtt://host:1883 or mqtts://host:8883, found another form; "
                "user and password have keys of their own"
            )
        refused = literal_refusal(parts.hostname, allow_private=allow_private)
        if refused is not None:
            raise ConfigurationError(f"{path}.url: {refused}")
        tls = _context(ca_file, f"{path}.ca_file") if parts.scheme == "mqtts" else None
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.hostname, port, tls, *login, allow_private, *timeouts_s)

    @property
    def shown(self) -> str:
        """Scheme, host and port: what logs and outcomes may say."""
        return f"{'mqtt' if self.tls is None else 'mqtts'}://{self.host}:{self.port}"


def _split(url: SecretStr) -> SplitResult | None:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url.get_secret_value())
        # Reading the port checks it.
        if parts.scheme in _PORTS and parts.port != 0:
            return parts
    return None


def _context(ca_file: Path | None, path: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:
        raise ConfigurationError(
            f"{path}: expected certificates in PEM form at {ca_file}, found: {exc.strerror or type(exc).__name__}"
        ) from exc
