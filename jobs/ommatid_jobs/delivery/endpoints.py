"""From the deliveries of a fleet file to senders."""

from collections.abc import Mapping

from ommatid_connectors.webhook import Timeouts, WebhookSender
from ommatid_schemas.fleet_file import Delivery, Fleet


def senders_of(
    fleet: Fleet, timeouts: Timeouts, environment: Mapping[str, str], connections: int
) -> dict[str, tuple[WebhookSender, ...]]:
    """As many senders for each delivery as it may have connections, by name; nothing is contacted yet.

    Raises:
        ConfigurationError: A variable is not set, or a URL or secret has a wrong form.
    """
    return {
        name: tuple(sender_of(name, it, timeouts, environment) for _ in range(connections))
        for name, it in fleet.deliveries.items()
    }


def sender_of(name: str, delivery: Delivery, timeouts: Timeouts, environment: Mapping[str, str]) -> WebhookSender:
    """Sender of one delivery.

    Raises:
        ConfigurationError: As in :func:`senders_of`.
    """
    path = f"deliveries.{name}"
    url = delivery.webhook.resolve(environment, f"{path}.webhook")
    current = () if delivery.secret is None else (delivery.secret.resolve(environment, f"{path}.secret"),)
    previous = (
        secret.resolve(environment, f"{path}.previous_secrets.{number}")
        for number, secret in enumerate(delivery.previous_secrets)
    )
    secrets = (*current, *previous)
    return WebhookSender(url, secrets, timeouts, path, allow_private=delivery.allow_private)
