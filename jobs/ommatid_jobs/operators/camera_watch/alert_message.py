"""The messages about a camera in trouble, or many of them: that it is, and that it is over."""

from collections.abc import Sequence

from ommatid_jobs.operators.camera_watch.plight import Plight
from ommatid_jobs.operators.camera_watch.state import OpenAlert, Scope, Subject
from ommatid_jobs.operators.camera_watch.watch_book import WatchBook, WatchRule
from ommatid_jobs.operators.rules import alert_id
from ommatid_schemas.events import Alert, AlertType
from ommatid_schemas.latency import latency_by_stage_ms

NO_AGENT = "no agent"
"""Label of alerts about cameras that no agent has reported yet."""


def opened(rule: WatchRule, book: WatchBook, subject: Subject, share: float, shown: Sequence[Plight]) -> OpenAlert:
    """The alert about a subject.

    Its identity follows from the subject and from when its trouble began, so that a replay raises the same alert.

    Args:
        rule: The rule.
        book: Cameras of the region.
        subject: What the alert is about.
        share: Share of the cameras of the subject that are in trouble.
        shown: Those cameras, in order of the beginning of their trouble.
    """
    first = shown[0]
    camera = book.cameras[first.camera_id]
    since_us = first.episode.since_us
    # A camera may be in trouble all the time and with others twice: the last one to join tells these times apart.
    begun_us = max(it.episode.since_us for it in shown)
    return OpenAlert(
        subject=subject,
        alert_id=alert_id(subject.name, rule.name, f"{kind_of(subject)} {subject.label}", begun_us),
        camera_id=first.camera_id,
        group=camera.group,
        priority=camera.priority,
        label=_label(subject, first),
        score=share,
        started_at_us=since_us,
        severity=rule.severity,
        deliver=rule.deliver,
        ends=AlertType.END in rule.report,
    )


def _label(subject: Subject, first: Plight) -> str:
    """What is wrong with a camera's picture, or why there is none; otherwise who or what is silent."""
    if subject.scope is Scope.CAMERA:
        return first.episode.label or first.agent_id or NO_AGENT
    return subject.name or NO_AGENT


def kind_of(subject: Subject) -> str:
    """Kind of the alert: ``silent``, ``offline`` or ``tampered``; of many cameras ``agent_silent`` and the like."""
    return subject.kind.value if subject.scope is Scope.CAMERA else f"{subject.scope}_{subject.kind}"


def message(which: tuple[AlertType, int | None], alert: OpenAlert, region: str, at_us: int, now_us: int) -> Alert:
    """One message about an alert.

    Everything but ``raised_at_us``, ``latency_ms`` and ``late`` follows from the reports alone.

    Args:
        which: New or end, and the event time of the end of the trouble.
        alert: The alert.
        region: Region of its cameras.
        at_us: Event time at which the message is due.
        now_us: Current time, microseconds since the epoch; used for the latency only.
    """
    kind, over_us = which
    latency_ms = latency_by_stage_ms([("captured", at_us), ("raise", now_us)])
    return Alert(
        alert_id=alert.alert_id,
        type=kind,
        camera_id=alert.camera_id,
        region=region,
        group=alert.group,
        priority=alert.priority,
        rule=alert.subject.rule,
        kind=kind_of(alert.subject),
        severity=alert.severity,
        label=alert.label,
        score=alert.score,
        zones=(),
        track_id=None,
        started_at_us=alert.started_at_us,
        ended_at_us=over_us,
        captured_at_us=at_us,
        raised_at_us=now_us,
        latency_ms=latency_ms,
        late=latency_ms["total"] > alert.priority.alert_within_s * 1000,
        deliver=alert.deliver,
        evidence=(),
    )
