"""An MQTT broker as a place that alerts go to."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from ommatid_connectors.delivery_outcome import Outcome
from ommatid_connectors.mqtt import MqttMessage, MqttPublisher, MqttTarget, Presence
from ommatid_connectors.webhook import Timeouts
from ommatid_jobs.delivery.home_assistant import discovery_messages, reports_end
from ommatid_jobs.delivery.mqtt_topics import MqttTopics, OpenAlerts
from ommatid_jobs.delivery.payload import Snapshot, alert_payload, encode_payload, message_id
from ommatid_schemas import Alert
from ommatid_schemas.fleet_file import Fleet, Mqtt


class MqttEndpoint:
    """Publishes each message about an alert, and the state of rules that report how alerts end; one thread.

    Args:
        publisher: Publishes.
        topics: Where to.
        stateful: Rules whose alerts have a state.
    """

    def __init__(self, publisher: MqttPublisher, topics: MqttTopics, stateful: frozenset[str] = frozenset()) -> None:
        self._publisher = publisher
        self._topics = topics
        self._stateful = stateful
        self._open: dict[tuple[str, str], OpenAlerts] = {}

    def start(self) -> None:
        """Connect and announce cameras and rules."""
        self._publisher.start()

    def post(self, alert: Alert, snapshot: Snapshot, sent_at_us: int) -> Outcome:
        """Publish an alert once and wait until the broker has it."""
        body = encode_payload(mqtt_payload(alert, snapshot, sent_at_us))
        messages = [MqttMessage(self._topics.alert(alert.camera_id, alert.rule), body)]
        if alert.rule in self._stateful:
            messages.append(self._state(alert))
        return self._publisher.publish(messages)

    def close(self) -> None:
        """Say farewell and close the connection."""
        self._publisher.close()

    def _state(self, alert: Alert) -> MqttMessage:
        place = alert.camera_id, alert.rule
        self._open[place] = self._open.get(place, OpenAlerts()).after(alert)
        return MqttMessage(self._topics.state(*place), self._open[place].state, retain=True)


def mqtt_payload(alert: Alert, snapshot: Snapshot, sent_at_us: int) -> dict[str, JsonValue]:
    """The payload of webhooks, with what stands in headers there and what Home Assistant's events ask for."""
    return {
        "event_type": alert.type.value,
        "message_id": message_id(alert),
        **alert_payload(alert, snapshot, sent_at_us),
    }


def mqtt_endpoint(name: str, mqtt: Mqtt, target: MqttTarget, fleet: Fleet, region: str) -> MqttEndpoint:
    """Endpoint of a delivery that announces itself, its cameras and its rules once it is started."""
    topics = MqttTopics(mqtt.topic, region)
    births = () if mqtt.discovery is None else discovery_messages(fleet, name, topics, mqtt.discovery)
    stateful = frozenset(name for name, rule in fleet.rules.items() if reports_end(rule))
    return MqttEndpoint(MqttPublisher(target, Presence(topics.available, births)), topics, stateful)


def mqtt_trial_endpoint(mqtt: Mqtt, target: MqttTarget, region: str) -> MqttEndpoint:
    """Endpoint for a single alert that leaves nothing behind on the broker."""
    return MqttEndpoint(MqttPublisher(target), MqttTopics(mqtt.topic, region))


def mqtt_target(
    path: str, mqtt: Mqtt, timeouts: Timeouts, environment: Mapping[str, str], *, allow_private: bool
) -> MqttTarget:
    """Where a delivery's broker is.

    Args:
        path: Of the broker in the fleet file, for errors.
        mqtt: The broker.
        timeouts: Of one attempt.
        environment: Secrets that the fleet file names.
        allow_private: Whether it may be on a loopback, private or link-local address.

    Raises:
        ConfigurationError: A variable is not set, or URL or certificates have a wrong form.
    """
    username, password = (
        None if it is None else it.resolve(environment, f"{path}.{key}")
        for key, it in (("username", mqtt.username), ("password", mqtt.password))
    )
    return MqttTarget.of(
        mqtt.url.resolve(environment, f"{path}.url"),
        path,
        login=(username, password),
        ca_file=None if mqtt.ca_file is None else Path(mqtt.ca_file),
        allow_private=allow_private,
        timeouts_s=(timeouts.connect_s, timeouts.answer_s),
    )
