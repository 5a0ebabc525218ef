"""From the deliveries of a fleet file to endpoints that alerts can be posted to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import SecretStr

from ommatid_connectors.webhook import Outcome, Refused, Timeouts, WebhookSender
from ommatid_jobs.delivery.message_template import MessageTemplate, TemplateFault
from ommatid_jobs.delivery.payload import Snapshot, alert_payload, encode_payload, message_id
from ommatid_schemas import Alert, ConfigurationError
from ommatid_schemas.fleet_file import Delivery, Fleet


class Endpoint(Protocol):
    """One place that alerts go to, over one connection; used from one thread."""

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
    fleet: Fleet, timeouts: Timeouts, environment: Mapping[str, str], connections: int
) -> dict[str, tuple[Endpoint, ...]]:
    """As many endpoints for each delivery as it may have connections, by name; nothing is contacted yet.

    Raises:
        ConfigurationError: A variable is not set, or a URL, secret or template has a wrong form.
    """
    return {
        name: tuple(endpoint_of(name, it, timeouts, environment) for _ in range(connections))
        for name, it in fleet.deliveries.items()
    }


def endpoint_of(name: str, delivery: Delivery, timeouts: Timeouts, environment: Mapping[str, str]) -> Endpoint:
    """Endpoint of one delivery.

    Raises:
        ConfigurationError: As in :func:`endpoints_of`.
    """
    path = f"deliveries.{name}"
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
