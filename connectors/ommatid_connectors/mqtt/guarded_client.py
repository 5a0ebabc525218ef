"""paho's client, on connections that look at the resolved address before they open, and that remember what failed."""

import secrets
import socket
import ssl

from paho.mqtt.client import Client, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from ommatid_connectors.guarded_connection import AddressRefused, checked_addresses
from ommatid_connectors.mqtt.target import MqttTarget
from ommatid_schemas.errors import ConfigurationError


class GuardedClient(Client):
    """A client of one broker; version 3.1.1 of the protocol, which brokers of all ages speak.

    Args:
        target: The broker.
        queued: Messages that may wait for their acknowledgement.
    """

    def __init__(self, target: MqttTarget, queued: int) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, client_id=f"ommatid-{secrets.token_hex(8)}", protocol=MQTTv311)
        self.failure = "no answer"
        self._target = target
        self.connect_timeout = target.connect_s
        # Alerts have waits of their own; the connection only has to be there again soon.
        self.reconnect_delay_set(1, 15)
        self.max_queued_messages_set(queued)
        if target.tls is not None:
            # paho leaves the type of the context open.
            self.tls_set_context(target.tls)  # pyright: ignore[reportUnknownMemberType]
        if target.username is not None:
            password = None if target.password is None else target.password.get_secret_value()
            self.username_pw_set(target.username.get_secret_value(), password)

    def _create_socket_connection(self) -> socket.socket:
        """Connect to an address that was looked at; TLS still checks the certificate against the name."""
        target = self._target
        try:
            return _connect(checked_addresses(target.host, target.port, allow_private=target.allow_private), target)
        except OSError as exc:
            self.failure = str(exc) if isinstance(exc, AddressRefused) else type(exc).__name__
            raise

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """Shake hands within the time for connecting; unlike paho's, a socket whose handshake failed is closed."""
        context = self._target.tls
        if context is None:
            raise ConfigurationError("mqtt: expected a TLS context, found none")
        try:
            return context.wrap_socket(tcp_sock, server_hostname=self._target.host)
        except OSError as exc:
            self.failure = type(exc).__name__
            raise


def _connect(addresses: tuple[str, ...], target: MqttTarget) -> socket.socket:
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, target.port), timeout=target.connect_s)
        except OSError as exc:
            failure = exc
    raise failure
