"""What a webhook says about an alert. Pure.

Names follow what camera people know from Frigate's events (``type``, ``camera``, ``label``,
``score``, ``zones``). Consumers find its version in ``schema_version``; fields are only added.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import JsonValue

from ommatid_jobs.delivery.picture_retention import picture_key
from ommatid_jobs.delivery.stage_latency import stamps_us
from ommatid_schemas.events import Alert, AlertType, Box, Evidence

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The picture of an alert, or why there is none.

    Attributes:
        url: Where the picture is stored; None without one.
        error: Why there is none, one sentence; None with a picture.
        width_px: Width of the evidence frame, if it could be read.
        height_px: Height of the evidence frame, if it could be read.
        clip_url: Where the clip of several evidence frames is stored; None without one.
        clip_error: Why there is none although there should be, one sentence.
        withheld: Whether it was kept back because people on it could not be hidden.
    """

    url: str | None = None
    error: str | None = None
    width_px: int | None = None
    height_px: int | None = None
    clip_url: str | None = None
    clip_error: str | None = None
    withheld: bool = False


def message_id(alert: Alert) -> str:
    """Identity of one message about an alert, the same on every attempt and replay; the ``webhook-id``."""
    if alert.type is AlertType.NEW:
        return alert.alert_id
    return f"{alert.alert_id}-{alert.type}-{alert.captured_at_us}"


def snapshot_key(alert: Alert) -> str:
    """Where the picture of an alert is stored: ``REGION/DAY/CAMERA/MESSAGE_ID.jpg``."""
    return picture_key(alert.region, alert.camera_id, f"{message_id(alert)}.jpg", alert.captured_at_us)


def clip_key(alert: Alert) -> str:
    """Where the clip of an alert is stored: beside its picture, as ``MESSAGE_ID.webp``."""
    return picture_key(alert.region, alert.camera_id, f"{message_id(alert)}.webp", alert.captured_at_us)


def alert_payload(alert: Alert, snapshot: Snapshot, sent_at_us: int) -> dict[str, JsonValue]:
    """Everything a receiver learns about an alert.

    Args:
        alert: The alert.
        snapshot: Its picture.
        sent_at_us: Time of this attempt, microseconds since the epoch.

    Returns:
        JSON object. Times are ISO 8601 in UTC, and microseconds since the epoch under ``*_us``;
        boxes are ``[x, y, w, h]`` relative to the frame, 0..1, origin top left.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "alert_id": alert.alert_id,
        "type": alert.type.value,
        "camera": alert.camera_id,
        "region": alert.region,
        "group": alert.group,
        "priority": alert.priority.value,
        "rule": alert.rule,
        "kind": alert.kind,
        "severity": alert.severity.value,
        "label": alert.label,
        "score": _number(alert.score, 4),
        "zones": list(alert.zones),
        "track_id": alert.track_id,
        "late": alert.late,
        "boxes": [_box(box) for box in _boxes(alert)],
        "frame": _frame(snapshot),
        "snapshot_url": snapshot.url,
        "snapshot_error": snapshot.error,
        "clip_url": snapshot.clip_url,
        "clip_error": snapshot.clip_error,
        "evidence": [_evidence(item) for item in alert.evidence],
        # An alert does not carry the model that saw its boxes; the field is there for the day it does.
        "model": None,
        "latency_ms": _latency_ms(alert, sent_at_us),
        **_times(alert, sent_at_us),
    }


def encode_payload(payload: Mapping[str, JsonValue]) -> bytes:
    """Body of the request: compact JSON, UTF-8."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _times(alert: Alert, sent_at_us: int) -> dict[str, JsonValue]:
    times_us = {
        # What others call event time is the capture time here; receivers find it under both names.
        "event_time": alert.captured_at_us,
        "captured_at": alert.captured_at_us,
        "started_at": alert.started_at_us,
        "ended_at": alert.ended_at_us,
        "raised_at": alert.raised_at_us,
        "sent_at": sent_at_us,
        **stamps_us(alert),
    }
    texts: dict[str, JsonValue] = {name: _iso(at_us) for name, at_us in times_us.items()}
    numbers: dict[str, JsonValue] = {f"{name}_us": at_us for name, at_us in times_us.items()}
    return texts | numbers


def _latency_ms(alert: Alert, sent_at_us: int) -> dict[str, JsonValue]:
    """Stages up to raising as they came; ``deliver`` and ``total`` up to this attempt."""
    stages: dict[str, JsonValue] = {
        name: _number(value, 3) for name, value in alert.latency_ms.items() if name != "total"
    }
    return stages | {
        "deliver": (sent_at_us - alert.raised_at_us) / 1000,
        "total": (sent_at_us - alert.captured_at_us) / 1000,
    }


def _boxes(alert: Alert) -> tuple[Box, ...]:
    return alert.evidence[-1].boxes if alert.evidence else ()


def _box(box: Box) -> dict[str, JsonValue]:
    corners: list[JsonValue] = [_number(value, 5) for value in (box.x, box.y, box.w, box.h)]
    return {"label": box.label, "score": _number(box.score, 4), "box": corners}


def _frame(snapshot: Snapshot) -> dict[str, JsonValue] | None:
    if snapshot.width_px is None:
        return None
    return {"width": snapshot.width_px, "height": snapshot.height_px}


def _evidence(item: Evidence) -> dict[str, JsonValue]:
    return {
        "frame_id": item.frame_id,
        "captured_at": _iso(item.captured_at_us),
        "topic": item.frame_ref.topic,
        "partition": item.frame_ref.partition,
        "offset": item.frame_ref.offset,
    }


def _iso(at_us: int | None) -> str | None:
    if at_us is None:
        return None
    seconds, rest_us = divmod(at_us, 1_000_000)
    whole = datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest_us)
    return whole.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: float, digits: int) -> float | None:
    """Rounded for reading; JSON has no infinity."""
    return round(value, digits) if math.isfinite(value) else None
