"""Alerts about Ommatid itself, in the form that those about cameras have. Pure."""

from dataclasses import dataclass
from hashlib import blake2b

from ommatid_jobs.delivery.late_deliveries import LateChange
from ommatid_schemas.events import Alert, AlertType, Severity
from ommatid_schemas.priority import Priority

OPERATIONAL = "operational"
"""Kind of such alerts; they are not watched themselves."""

LATE_RULE = "late-deliveries"
"""Rule of alerts about late deliveries; no rule of a fleet file has to be called so."""

_CAMERA = "ommatid-delivery"
_GROUP = "ommatid"


@dataclass(frozen=True, slots=True)
class Instance:
    """Who speaks.

    Attributes:
        region: Whose alerts are delivered.
        name: Tells the processes of a region apart: each speaks for its own deliveries.
    """

    region: str
    name: str


def late_deliveries_alert(
    instance: Instance, late: Priority, change: LateChange, now_us: int, deliver: tuple[str, ...]
) -> Alert:
    """That too many deliveries of a priority are late, or that this is over.

    Args:
        instance: Who says so.
        late: The priority; the alert's ``label``.
        change: What has changed; the alert's ``score`` is the share.
        now_us: Microseconds since the epoch.
        deliver: Deliveries that it goes to.
    """
    text = "\x1f".join((LATE_RULE, instance.region, instance.name, late, str(change.since_us)))
    return Alert(
        alert_id=blake2b(text.encode(), digest_size=16).hexdigest(),
        type=AlertType.END if change.over else AlertType.NEW,
        camera_id=_CAMERA,
        region=instance.region,
        group=_GROUP,
        priority=Priority.STANDARD,
        rule=LATE_RULE,
        kind=OPERATIONAL,
        severity=Severity.HIGH if late is Priority.SAFETY else Severity.MEDIUM,
        label=late.value,
        score=change.share,
        zones=(),
        track_id=None,
        started_at_us=change.since_us,
        ended_at_us=now_us if change.over else None,
        captured_at_us=now_us,
        raised_at_us=now_us,
        latency_ms={"total": 0.0},
        late=False,
        deliver=deliver,
        evidence=(),
    )
