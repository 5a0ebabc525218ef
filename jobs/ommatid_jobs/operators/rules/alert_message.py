"""The messages about an alert: that it was raised, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from ommatid_jobs.operators.rules.rule_book import CameraRules
from ommatid_jobs.operators.rules.sightings import best_match
from ommatid_jobs.operators.rules.state import OpenAlert, Sighting
from ommatid_schemas.events import Alert, AlertType, Evidence, FrameResult, Severity
from ommatid_schemas.latency import latency_by_stage_ms
from ommatid_schemas.priority import Priority

PRESENCE = "presence"
"""Kind of a rule that fires when an object is there."""
LOITERING = "loitering"
"""Kind of a rule that fires when an object stays."""
COUNT = "count"
"""Kind of a rule that fires when there are too many objects, or too few."""
ABSENCE = "absence"
"""Kind of a rule that fires when there is no object."""
CROSSING_TO_LEFT = "crossing_to_left"
"""Kind of a rule that fires when an object crosses a line, to its left..."""
CROSSING_TO_RIGHT = "crossing_to_right"
"""...and to its right."""
ANSWER = "answer"
"""Kind of a rule that reads the answers of a vision language model."""
LIMIT = "limit"
"""Kind of the alert after which a rule holds back more of them; see :mod:`.hourly_limit`."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a message follows from: a frame, or time that passed.

    Attributes:
        camera_id: The camera.
        region: Its region.
        group: Its group.
        priority: Of the group.
        at_us: Capture time of the frame, or the event time that passed.
        now_us: Current time, microseconds since the epoch; used for the latency only.
        stamps_us: Stages of the latency before the rules and when they ended, from the capture on.
    """

    camera_id: str
    region: str
    group: str
    priority: Priority
    at_us: int
    now_us: int
    stamps_us: tuple[tuple[str, int], ...]


def frame_occasion(result: FrameResult, now_us: int) -> Occasion:
    """A message follows from a frame."""
    return Occasion(
        result.camera_id,
        result.region,
        result.group,
        result.priority,
        result.captured_at_us,
        now_us,
        (
            ("captured", result.captured_at_us),
            ("edge", result.published_at_us),
            ("queue", result.admitted_at_us),
            ("infer", result.inferred_at_us),
        ),
    )


def time_occasion(camera: CameraRules, at_us: int, now_us: int) -> Occasion:
    """A message follows from time that passed; its latency has no stages before the rules."""
    stamps_us = (("captured", at_us),)
    return Occasion(camera.camera_id, camera.region, camera.group, camera.priority, at_us, now_us, stamps_us)


def alert_message(rule: str, message: tuple[AlertType, OpenAlert, Sequence[Sighting]], occasion: Occasion) -> Alert:
    """One message about an alert.

    Everything but ``raised_at_us``, ``latency_ms`` and ``late`` follows from the frames alone, so that
    a replay raises the same alert.

    Args:
        rule: Name of the rule that raised it.
        message: What is told: the type, the alert as it stands, and the frames that show it, oldest first.
        occasion: What the message follows from.
    """
    kind, alert, shown = message
    best = best_match(shown[-1:])
    latency_ms = latency_by_stage_ms([*occasion.stamps_us, ("raise", occasion.now_us)])
    return Alert(
        alert_id=alert.alert_id,
        type=kind,
        camera_id=occasion.camera_id,
        region=occasion.region,
        group=occasion.group,
        priority=occasion.priority,
        rule=rule,
        kind=alert.kind,
        severity=alert.severity or Severity.MEDIUM,
        label=alert.label,
        score=alert.score,
        zones=alert.zones,
        track_id=None if best is None else best.track_id,
        started_at_us=alert.started_at_us,
        ended_at_us=alert.last.captured_at_us if kind is AlertType.END else None,
        captured_at_us=occasion.at_us,
        raised_at_us=occasion.now_us,
        latency_ms=latency_ms,
        late=latency_ms["total"] > occasion.priority.alert_within_s * 1000,
        deliver=alert.deliver,
        evidence=tuple(_evidence(seen) for seen in shown),
    )


def alert_id(camera_id: str, rule: str, label: str, first_captured_at_us: int, one_of: str = "") -> str:
    """Identity of an alert: 32 hexadecimal digits, the same for the same first confirming frame.

    Args:
        camera_id: The camera.
        rule: Name of the rule.
        label: Of the alert.
        first_captured_at_us: Capture time of the first frame that shows it.
        one_of: Tells it from others of the same rule and frame, where there can be any.
    """
    # A unit separator occurs in none of the parts, so no two different alerts share a text.
    parts = (camera_id, rule, label, str(first_captured_at_us))
    text = "\x1f".join((*parts, one_of) if one_of else parts)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _evidence(seen: Sighting) -> Evidence:
    boxes = tuple(match.box for match in seen.matches)
    return Evidence(seen.frame_id, seen.captured_at_us, seen.frame_ref, boxes)
