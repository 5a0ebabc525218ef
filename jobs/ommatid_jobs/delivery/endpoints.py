"""From the deliveries of a fleet file to endpoints that alerts can be posted to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from ommatid_connectors.delivery_outcome import Outcome, Refused
from ommatid_connectors.mqtt import MqttTarget
from ommatid_connectors.webhook import Timeouts, WebhookSender
from ommatid_jobs.delivery.message_template import MessageTemplate, TemplateFault
from ommatid_jobs.delivery.mqtt_endpoint import mqtt_endpoint, mqtt_target, mqtt_trial_endpoint
from ommatid_jobs.delivery.payload import Snapshot, alert_payload, encode_payload, message_id
from ommatid_schemas import Alert, ConfigurationError
from ommatid_schemas.fleet_file import Delivery, Fleet, Mqtt


class Endpoint(Protocol):
    """One place that alerts go to, over one connection; used from one thread."""

    def start(self) -> None:
        """Called once before alerts come; returns at once."""
        ...

    def post(self, alert: Alert, snapshot: Snapshot, sent_at_us: int) -> Outcome:
        """Make one attempt; ``sent_at_us`` is the time of it, microseconds since the epoch."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """A webhook, with the payload as it is or in a template's form.

    Attributes:
        sender: Posts.
        template: Form of the body; None for the payload itself.
    """

    sender: WebhookSender
    template: MessageTemplate | None = None

    def start(self) -> None:
        """Connections are made when there is something to post."""

    def post(self, alert: Alert, snapshot: Snapshot, sent_at_us: int) -> Outcome:
        """Post an alert once. What a template cannot render is given up: it fails however often it is tried."""
        payload = alert_payload(alert, snapshot, sent_at_us)
        try:
            body = encode_payload(payload) if self.template is None else self.template.render(payload)
        except TemplateFault as exc:
            return Refused(f"template: {exc}")
        return self.sender.send(message_id(alert), body, sent_at_us / 1e6)

    def close(self) -> None:
        """Close the connections."""
        self.sender.close()


def endpoints_of(
    fleet: Fleet, region: str, timeouts: Timeouts, environment: Mapping[str, str], connections: int
) -> dict[str, tuple[Endpoint, ...]]:
    """Endpoints of each delivery by name; nothing is contacted yet.

    A webhook has as many as it may have connections. A broker has one, over which messages of all cameras go.

    Raises:
        ConfigurationError: A variable is not set, or a URL, secret or template has a wrong form.
    """
    return {
        name: (mqtt_endpoint(name, it.mqtt, _target(name, it, it.mqtt, timeouts, environment), fleet, region),)
        if it.mqtt is not None
        else tuple(_webhook(name, it, timeouts, environment) for _ in range(connections))
        for name, it in fleet.deliveries.items()
    }


def trial_endpoint(
    name: str, delivery: Delivery, region: str, timeouts: Timeouts, environment: Mapping[str, str]
) -> Endpoint:
    """Endpoint of one delivery for one alert that no camera saw.

    Raises:
        ConfigurationError: As in :func:`endpoints_of`.
    """
    if delivery.mqtt is None:
        return _webhook(name, delivery, timeouts, environment)
    return mqtt_trial_endpoint(delivery.mqtt, _target(name, delivery, delivery.mqtt, timeouts, environment), region)


def _target(
    name: str, delivery: Delivery, mqtt: Mqtt, timeouts: Timeouts, environment: Mapping[str, str]
) -> MqttTarget:
    path = f"deliveries.{name}.mqtt"
    return mqtt_target(path, mqtt, timeouts, environment, allow_private=delivery.allow_private)


def _webhook(name: str, delivery: Delivery, timeouts: Timeouts, environment: Mapping[str, str]) -> Endpoint:
    path = f"deliveries.{name}"
    if delivery.webhook is None:
        raise ConfigurationError(f"{path}: expected a webhook, found none")
    url = delivery.webhook.resolve(environment, f"{path}.webhook")
    sender = WebhookSender(
        url, _secrets(path, delivery, environment), timeouts, path, allow_private=delivery.allow_private
    )
    values = {key: it.resolve(environment, f"{path}.values.{key}") for key, it in delivery.values.items()}
    try:
        return WebhookEndpoint(sender, MessageTemplate.of(delivery, values))
    except TemplateFault as exc:
        raise ConfigurationError(f"{path}.template: {exc}") from exc


def _secrets(path: str, delivery: Delivery, environment: Mapping[str, str]) -> tuple[SecretStr, ...]:
    current = () if delivery.secret is None else (delivery.secret.resolve(environment, f"{path}.secret"),)
    previous = (
        secret.resolve(environment, f"{path}.previous_secrets.{number}")
        for number, secret in enumerate(delivery.previous_secrets)
    )
    return (*current, *previous)
