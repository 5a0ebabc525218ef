"""The messages about an alert: that it was raised, and what became of it."""

from collections.abc import Sequence
from hashlib import blake2b

from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.state import OpenAlert, Sighting
from ommatid_schemas.events import Alert, AlertType, Evidence, FrameResult
from ommatid_schemas.latency import latency_by_stage_ms

PRESENCE = "presence"
"""Kind of a rule that fires when an object is there."""
LOITERING = "loitering"
"""Kind of a rule that fires when an object stays."""
LIMIT = "limit"
"""Kind of the alert after which a rule holds back more of them; see :mod:`.hourly_limit`."""


def alert_message(
    rule: AlertRule,
    message: tuple[AlertType, OpenAlert, Sequence[Sighting]],
    result: FrameResult,
    now_us: int,
) -> Alert:
    """One message about an alert.

    Everything but ``raised_at_us``, ``latency_ms`` and ``late`` follows from the frames alone, so that
    a replay raises the same alert.

    Args:
        rule: The rule that raised it.
        message: What is told: the type, the alert as it stands, and the frames that show it, oldest first.
        result: The frame from which the message follows.
        now_us: Current time, microseconds since the epoch.
    """
    kind, alert, shown = message
    latency_ms = _latency_ms(result, now_us)
    return Alert(
        alert_id=alert.alert_id,
        type=kind,
        camera_id=result.camera_id,
        region=result.region,
        group=result.group,
        priority=result.priority,
        rule=rule.name,
        kind=alert.kind,
        severity=rule.severity,
        label=alert.label,
        score=alert.score,
        zones=tuple(name for name in rule.zones or () if name in alert.zones),
        track_id=_best_track(shown[-1]),
        started_at_us=alert.started_at_us,
        ended_at_us=alert.last.captured_at_us if kind is AlertType.END else None,
        captured_at_us=result.captured_at_us,
        raised_at_us=now_us,
        latency_ms=latency_ms,
        late=latency_ms["total"] > result.priority.alert_within_s * 1000,
        deliver=rule.deliver,
        evidence=tuple(_evidence(seen) for seen in shown),
    )


def alert_id(camera_id: str, rule: str, label: str, first_captured_at_us: int) -> str:
    """Identity of an alert: 32 hexadecimal digits, the same for the same first confirming frame."""
    # A unit separator occurs in none of the parts, so no two different alerts share a text.
    text = "\x1f".join((camera_id, rule, label, str(first_captured_at_us)))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _best_track(seen: Sighting) -> str | None:
    return max(seen.matches, key=lambda match: match.box.score).track_id


def _latency_ms(result: FrameResult, now_us: int) -> dict[str, float]:
    return latency_by_stage_ms(
        [
            ("captured", result.captured_at_us),
            ("edge", result.published_at_us),
            ("queue", result.admitted_at_us),
            ("infer", result.inferred_at_us),
            ("raise", now_us),
        ]
    )


def _evidence(seen: Sighting) -> Evidence:
    boxes = tuple(match.box for match in seen.matches)
    return Evidence(seen.frame_id, seen.captured_at_us, seen.frame_ref, boxes)
