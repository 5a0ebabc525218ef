"""An alert that no camera saw: to try a delivery, and to try a template. Pure."""

from ommatid_schemas.events import Alert, AlertType, Severity
from ommatid_schemas.priority import Priority

TRIAL = "ommatid-test"
"""Camera, group and rule of such an alert; receivers can tell it by them."""


def trial_alert(alert_id: str, at_us: int, region: str, kind: AlertType = AlertType.NEW, label: str = "test") -> Alert:
    """An alert without evidence.

    Args:
        alert_id: Its identity.
        at_us: When it was captured and raised, microseconds since the epoch.
        region: Region that it claims.
        kind: Where in its life it stands.
        label: What it says was seen.
    """
    return Alert(
        alert_id=alert_id,
        type=kind,
        camera_id=TRIAL,
        region=region,
        group=TRIAL,
        priority=Priority.INSIGHT,
        rule=TRIAL,
        kind="test",
        severity=Severity.LOW,
        label=label,
        score=1.0,
        zones=(),
        track_id=None,
        started_at_us=at_us,
        ended_at_us=at_us if kind is AlertType.END else None,
        captured_at_us=at_us,
        raised_at_us=at_us,
        latency_ms={"total": 0.0},
        late=False,
        deliver=(),
        evidence=(),
    )
