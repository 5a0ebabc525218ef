"""One alert that no camera saw, sent to one delivery to see what comes back."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ommatid_connectors.webhook import Accepted, Outcome, Timeouts
from ommatid_jobs.delivery.endpoints import trial_endpoint
from ommatid_jobs.delivery.payload import Snapshot
from ommatid_jobs.delivery.trial_alert import trial_alert
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet


@dataclass(frozen=True, slots=True)
class Trial:
    """What came back.

    Attributes:
        delivery: Name in the fleet file.
        message_id: ``webhook-id`` of the message.
        outcome: Of the one attempt.
        took_ms: Until it was known, milliseconds.
    """

    delivery: str
    message_id: str
    outcome: Outcome
    took_ms: float

    @property
    def accepted(self) -> bool:
        """Whether the endpoint took the alert."""
        return isinstance(self.outcome, Accepted)


def try_delivery(fleet: Fleet, name: str, environment: Mapping[str, str], timeouts: Timeouts | None = None) -> Trial:
    """Send one alert, signed and in the form that real ones have, with ``ommatid-test`` as camera and rule.

    Args:
        fleet: Fleet with the delivery.
        name: Of the delivery.
        environment: Secrets that the fleet file names.
        timeouts: Of the attempt.

    Raises:
        ConfigurationError: There is no such delivery, or it cannot be used.
    """
    if name not in fleet.deliveries:
        raise ConfigurationError(f"delivery: expected one of {sorted(fleet.deliveries)}, found {name!r}")
    region = next(iter(fleet.regions))
    endpoint = trial_endpoint(name, fleet.deliveries[name], region, timeouts or Timeouts(), environment)
    now_us, started_s = time.time_ns() // 1000, time.monotonic()
    alert = trial_alert(f"test-{secrets.token_hex(8)}", now_us, region)
    try:
        outcome = endpoint.post(alert, Snapshot(error="a test alert has no picture"), now_us)
    finally:
        endpoint.close()
    return Trial(name, alert.alert_id, outcome, (time.monotonic() - started_s) * 1000)
