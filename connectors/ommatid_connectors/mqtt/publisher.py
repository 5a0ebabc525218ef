"""Publishes to one broker and waits until it has acknowledged; the outcome is a value."""

import threading
import time
from collections.abc import Sequence
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from ommatid_connectors.delivery_outcome import Accepted, Outcome, Retriable
from ommatid_connectors.mqtt.guarded_client import GuardedClient
from ommatid_connectors.mqtt.message import OFFLINE, ONLINE, MqttMessage, Presence
from ommatid_connectors.mqtt.target import MqttTarget

_QOS = 1
_KEEPALIVE_S = 30
_FAREWELL_S = 2.0
_QUEUED = 1000


class MqttPublisher:
    """One connection, made again whenever it is lost; messages are published from one thread.

    A message that is not acknowledged in time may still be: the client hands it over once more after the next
    connection. Receivers drop repeats.

    Args:
        target: The broker.
        presence: How others learn that this publisher is there; None for one that comes and goes unnoticed.
    """

    def __init__(self, target: MqttTarget, presence: Presence | None = None) -> None:
        self._target = target
        self._presence = presence
        self._connected = threading.Event()
        self._started = self._closing = False
        self._births: list[MQTTMessageInfo] = []
        self._client = GuardedClient(target, _QUEUED + (0 if presence is None else len(presence.births)))
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        if presence is not None:
            self._client.will_set(presence.topic, OFFLINE, _QOS, retain=True)

    def __repr__(self) -> str:
        """Scheme, host and port only."""
        return f"MqttPublisher({self._target.shown!r})"

    def start(self) -> None:
        """Begin to connect; returns at once, and the connection is kept from now on."""
        if not self._started:
            self._started = True
            self._client.connect_async(self._target.host, self._target.port, _KEEPALIVE_S)
            self._client.loop_start()

    def publish(self, messages: Sequence[MqttMessage]) -> Outcome:
        """Publish in order and wait for the acknowledgement of all of them."""
        self.start()
        if not self._connected.wait(self._target.connect_s):
            return Retriable(f"{self._target.shown}: not connected ({self._client.failure})")
        give_up_at_s = time.monotonic() + self._target.answer_s
        sent = [self._send(message) for message in messages]
        if all(_is_acknowledged(info, give_up_at_s) for info in sent):
            return Accepted()
        return Retriable(f"{self._target.shown}: not acknowledged within {self._target.answer_s:g} s")

    def close(self) -> None:
        """Say farewell where the presence is known, and close the connection."""
        if not self._started:
            return
        self._closing = True
        if self._presence is not None and self._connected.is_set():
            farewell = self._send(MqttMessage(self._presence.topic, OFFLINE, retain=True))
            _is_acknowledged(farewell, time.monotonic() + _FAREWELL_S)
        self._client.disconnect()
        self._client.loop_stop()

    def _send(self, message: MqttMessage) -> MQTTMessageInfo:
        return self._client.publish(message.topic, message.payload, _QOS, message.retain)

    def _on_connect(self, client: Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        del userdata, flags, properties
        if reason.is_failure:
            self._client.failure = f"refused: {reason.getName()}"
            return
        self._client.failure = "connection lost"  # the reason, once there is need of one
        if self._presence is not None:
            self._announce(self._presence)
            client.subscribe(self._presence.topic, _QOS)
            self._say_online()
        self._connected.set()

    def _announce(self, presence: Presence) -> None:
        """Publish the births; those of the last connection that still wait are sent again by the client."""
        if all(info.is_published() for info in self._births):
            self._births = [self._send(message) for message in presence.births]

    def _on_disconnect(self, client: Client, userdata: Any, flags: Any, reason: ReasonCode, properties: Any) -> None:
        del client, userdata, flags, reason, properties
        self._connected.clear()

    def _on_message(self, client: Client, userdata: Any, message: MQTTMessage) -> None:
        """Another publisher with the same topic has gone: this one is still there."""
        del client, userdata
        if message.payload == OFFLINE and not self._closing:
            self._say_online()

    def _say_online(self) -> None:
        if self._presence is not None:
            self._send(MqttMessage(self._presence.topic, ONLINE, retain=True))


def _is_acknowledged(info: MQTTMessageInfo, give_up_at_s: float) -> bool:
    if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
        return False
    info.wait_for_publish(max(0.0, give_up_at_s - time.monotonic()))
    return info.is_published()
