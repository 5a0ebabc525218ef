"""An MQTT broker on the loopback interface that knows one user, and a subscriber beside it."""

import json
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from ommatid_edge.simulator.certificate_maker import make_self_signed

USER, PASSWORD = "ommatid", "not-a-secret"
_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class BrokerPorts:
    """Where the broker listens, and the certificate that its TLS listener shows."""

    plain: int
    tls: int
    ca_file: Path


@dataclass(frozen=True, slots=True)
class MqttMessageSeen:
    """What a subscriber got."""

    topic: str
    payload: bytes
    retained: bool
    qos: int


class Subscriber:
    """Collects what is published below a topic, retained messages first."""

    def __init__(self, port: int, topic: str, deadline_s: float = _DEADLINE_S) -> None:
        self._seen: queue.SimpleQueue[MqttMessageSeen] = queue.SimpleQueue()
        self._subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._topic = topic
        self._deadline_s = deadline_s
        self._client.username_pw_set(USER, PASSWORD)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = self._note_subscribed
        self._client.on_message = self._note
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._subscribed.wait(_DEADLINE_S)

    def wait_for(self, topic_end: str, payload: bytes | None = None) -> MqttMessageSeen:
        """The next message with such a topic and payload; others before it are passed over."""
        give_up_at_s = time.monotonic() + self._deadline_s
        while True:
            seen = self._seen.get(timeout=max(0.01, give_up_at_s - time.monotonic()))
            if seen.topic.endswith(topic_end) and payload in {None, seen.payload}:
                return seen

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        del userdata, flags, reason, properties
        client.subscribe(self._topic, 1)

    def _note_subscribed(self, client: Client, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        del client, userdata, mid, reasons, properties
        self._subscribed.set()

    def _note(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        del client, userdata
        self._seen.put(MqttMessageSeen(message.topic, bytes(message.payload), message.retain, message.qos))


def broker_ports(folder: Path) -> BrokerPorts:
    """Ports for a broker that may be started more than once."""
    return BrokerPorts(_free_port(), _free_port(), folder / "certificate.pem")


@contextmanager
def running_broker(folder: Path, at: BrokerPorts | None = None) -> Generator[BrokerPorts]:
    """The broker, until the block ends; it remembers nothing of an earlier one."""
    ports = at or broker_ports(folder)
    config = folder / "broker.json"
    config.write_text(json.dumps(_config(ports, folder)))
    # A process of its own: the broker leaves sockets to the garbage collector, which is an error in a process of tests.
    command = [str(Path(sys.executable).with_name("amqtt")), "-c", str(config)]
    with (folder / "broker.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for port in (ports.plain, ports.tls):
                _await_listener(port)
            yield ports
        finally:
            process.kill()


def _await_listener(port: int) -> None:
    give_up_at_s = time.monotonic() + _DEADLINE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            if time.monotonic() > give_up_at_s:
                raise
            time.sleep(0.05)
        else:
            return


def _config(ports: BrokerPorts, folder: Path) -> dict[str, Any]:
    certificate, key = make_self_signed("127.0.0.1")
    passwords, key_file = folder / "passwords", folder / "key.pem"
    passwords.write_text(f"{USER}:{PasswordHash((Argon2Hasher(),)).hash(PASSWORD)}\n")
    ports.ca_file.write_bytes(certificate)
    key_file.write_bytes(key)
    encrypted = {"ssl": True, "certfile": str(ports.ca_file), "keyfile": str(key_file)}
    return {
        "listeners": {
            "default": {"type": "tcp", "bind": f"127.0.0.1:{ports.plain}"},
            "tls": {"type": "tcp", "bind": f"127.0.0.1:{ports.tls}", **encrypted},
        },
        "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(passwords)}},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
