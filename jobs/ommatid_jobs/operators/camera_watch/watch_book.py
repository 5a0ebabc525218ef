"""The rules on cameras of one region: what the alert job carries as JSON."""

from pydantic import BaseModel, ConfigDict

from ommatid_schemas.events import AlertType, Severity, Tampering
from ommatid_schemas.fleet_file import Schedule
from ommatid_schemas.priority import Priority


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WatchedCamera(_Part):
    """A camera of the region.

    Attributes:
        group: Its group.
        priority: Of the group.
    """

    group: str
    priority: Priority


class WatchRule(_Part):
    """A rule on cameras.

    Attributes:
        name: Name of the rule in the fleet file.
        groups: Groups whose cameras it watches.
        silent_us: How long a camera must not have been reported; None: silence is nothing to it.
        offline_us: How long a camera must have been reported without pictures; None: that is nothing to it.
        tampered: What is wrong with a picture that counts.
        cooldown_us: Event time during which the same camera, agent or region stays quiet after an alert.
        schedule: When the rule is armed; None for always.
        report: Messages that are sent.
        severity: Copied into the alert.
        deliver: Names of the deliveries, copied into the alert.
    """

    name: str
    groups: tuple[str, ...]
    silent_us: int | None = None
    offline_us: int | None = None
    tampered: tuple[Tampering, ...] = ()
    cooldown_us: int = 0
    schedule: Schedule | None = None
    report: tuple[AlertType, ...] = (AlertType.NEW,)
    severity: Severity = Severity.MEDIUM
    deliver: tuple[str, ...] = ()


class WatchBook(_Part):
    """All cameras of a region, and the rules on them. JSON by ``model_dump_json`` and ``model_validate_json``."""

    region: str
    cameras: dict[str, WatchedCamera]
    rules: tuple[WatchRule, ...]
