"""The alert that a confirmed rule raises."""

from hashlib import blake2b

from ommatid_jobs.operators.rules.confirmation import zones_of
from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.state import Sighting
from ommatid_schemas.events import Alert, AlertType, Evidence, FrameResult
from ommatid_schemas.latency import latency_by_stage_ms

KIND = "presence"
"""Kind of a rule that fires when an object is there."""


def new_alert(rule: AlertRule, result: FrameResult, confirming: tuple[Sighting, ...], now_us: int) -> Alert:
    """Alert for the frames that confirm a rule.

    Everything but ``raised_at_us``, ``latency_ms`` and ``late`` follows from the frames alone, so that
    a replay raises the same alert. Label and score are those of the best box.

    Args:
        rule: The rule that fired.
        result: The frame at which it fired.
        confirming: Frames that match, oldest first; the last one is ``result``.
        now_us: Current time, microseconds since the epoch.
    """
    first = confirming[0]
    best = max((match.box for seen in confirming for match in seen.matches), key=lambda box: box.score)
    latency_ms = _latency_ms(result, now_us)
    zones = zones_of(confirming)
    return Alert(
        alert_id=alert_id(result.camera_id, rule.name, best.label, first.captured_at_us),
        type=AlertType.NEW,
        camera_id=result.camera_id,
        region=result.region,
        group=result.group,
        priority=result.priority,
        rule=rule.name,
        kind=KIND,
        severity=rule.severity,
        label=best.label,
        score=best.score,
        zones=tuple(name for name in rule.zones or () if name in zones),
        track_id=None,
        started_at_us=first.captured_at_us,
        ended_at_us=None,
        captured_at_us=result.captured_at_us,
        raised_at_us=now_us,
        latency_ms=latency_ms,
        late=latency_ms["total"] > result.priority.alert_within_s * 1000,
        deliver=rule.deliver,
        evidence=tuple(_evidence(seen) for seen in confirming),
    )


def alert_id(camera_id: str, rule: str, label: str, first_captured_at_us: int) -> str:
    """Identity of an alert: 32 hexadecimal digits, the same for the same first confirming frame."""
    # A unit separator occurs in none of the parts, so no two different alerts share a text.
    text = "\x1f".join((camera_id, rule, label, str(first_captured_at_us)))
    return blake2b(text.encode(), digest_size=16).hexdigest()


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
