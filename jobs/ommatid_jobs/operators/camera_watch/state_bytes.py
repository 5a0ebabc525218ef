"""Versioned bytes of what the watch remembers of a camera, and of a region."""

import json
from typing import Any

from ommatid_jobs.operators.camera_watch.episodes import CameraWatch, Episode, Kind
from ommatid_jobs.operators.camera_watch.state import OpenAlert, RegionWatch, Scope, Subject
from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_schemas.events import Severity
from ommatid_schemas.priority import Priority

_VERSION = 1


def pack_camera(camera: CameraWatch) -> bytes:
    """Versioned bytes of a camera (version 1): JSON without spaces, UTF-8."""
    episodes = [[it.kind, it.label, it.since_us, it.told_us, it.until_us] for it in camera.episodes]
    return _packed([camera.agent_id, camera.heard_us, camera.watched, camera.older, episodes])


def unpack_camera(packed: bytes) -> CameraWatch:
    """Camera of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    body = body_of(packed, _VERSION, "camera watch")
    try:
        agent_id, heard_us, watched, older, episodes = json.loads(body)
        known = tuple(Episode(Kind(kind), *rest) for kind, *rest in episodes)
    except (ValueError, TypeError) as exc:
        raise malformed("camera watch", exc) from exc
    return CameraWatch(agent_id, heard_us, watched, older, known)


def pack_region(region: RegionWatch) -> bytes:
    """Versioned bytes of a region (version 1): JSON without spaces, UTF-8."""
    quiet = [[_subject_to_json(subject), time_us] for subject, time_us in region.quiet_until_us.items()]
    settles = [[rule, kind, time_us] for (rule, kind), time_us in region.settles_at_us.items()]
    return _packed([region.judged_us, [_alert_to_json(alert) for alert in region.open], quiet, settles])


def unpack_region(packed: bytes) -> RegionWatch:
    """Region of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    body = body_of(packed, _VERSION, "region watch")
    try:
        judged_us, alerts, quiet, settles = json.loads(body)
        return RegionWatch(
            judged_us,
            tuple(_alert_from_json(alert) for alert in alerts),
            {_subject_from_json(subject): time_us for subject, time_us in quiet},
            {(rule, Kind(kind)): time_us for rule, kind, time_us in settles},
        )
    except (ValueError, TypeError, KeyError) as exc:
        raise malformed("region watch", exc) from exc


def _packed(content: Any) -> bytes:
    return bytes([_VERSION]) + json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _subject_to_json(subject: Subject) -> list[str]:
    return [subject.rule, subject.kind, subject.scope, subject.name, subject.label]


def _subject_from_json(content: list[str]) -> Subject:
    rule, kind, scope, name, label = content
    return Subject(rule, Kind(kind), Scope(scope), name, label)


def _alert_to_json(alert: OpenAlert) -> list[Any]:
    camera = [alert.camera_id, alert.group, alert.priority]
    told = [alert.label, alert.score, alert.started_at_us, alert.severity, alert.deliver, alert.ends]
    return [_subject_to_json(alert.subject), alert.alert_id, camera, told]


def _alert_from_json(content: list[Any]) -> OpenAlert:
    subject, alert_id, (camera_id, group, priority), told = content
    label, score, started_at_us, severity, deliver, ends = told
    return OpenAlert(
        _subject_from_json(subject),
        alert_id,
        camera_id,
        group,
        Priority(priority),
        label,
        score,
        started_at_us,
        Severity(severity),
        tuple(deliver),
        ends,
    )
