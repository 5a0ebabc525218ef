"""What becomes of an alert after it was raised: updates, and its end."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules.frame import Frame, SeenObject
from ommatid_jobs.operators.rules.matching import WHOLE_FRAME
from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.sightings import sighting
from ommatid_jobs.operators.rules.state import Match, OpenAlert
from ommatid_schemas.events import AlertType

LEFT_AFTER_US = 10_000_000
"""How long objects must have been seen elsewhere only, microseconds, for their alert to be over."""
BETTER_SCORE = 0.1
"""Gain in score that is worth an update."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An open alert after a frame, and the message that is due, if any. An alert that ended is not kept."""

    alert: OpenAlert
    message: AlertType | None = None


def follow(rule: AlertRule, alert: OpenAlert, frame: Frame) -> Turn:
    """Advance an open alert by one frame.

    It is over when all of its objects are lost, or when they were seen for :data:`LEFT_AFTER_US` outside the rule's
    zones only. It is updated when they enter another of its zones, or are seen clearly better than before.

    Args:
        rule: The rule that raised it.
        alert: The alert.
        frame: A frame newer than all before.
    """
    present = tuple(_present(rule, alert, frame))
    if not present:
        return Turn(alert, AlertType.END if _is_over(alert, frame) else None)
    best = max(present, key=lambda match: match.box.score)
    zones = in_order(rule, {*alert.zones, *(zone for match in present for zone in match.zones)})
    now = replace(alert, last=sighting(frame, (best,)), tracks=tuple(filter(frame.tracks.__contains__, alert.tracks)))
    if zones == alert.zones and best.box.score < alert.score + BETTER_SCORE:
        return Turn(now)
    return Turn(replace(now, zones=zones, score=max(best.box.score, alert.score)), AlertType.UPDATE)


def in_order(rule: AlertRule, zones: Collection[str]) -> tuple[str, ...]:
    """Names of zones in the order of the rule; the whole frame is none."""
    return tuple(name for name in rule.zones or () if name in zones)


def _present(rule: AlertRule, alert: OpenAlert, frame: Frame) -> Iterator[Match]:
    for track_id in alert.tracks:
        seen = frame.objects.get(track_id)
        if seen is not None and (zones := _rule_zones(rule, seen)):
            yield Match(seen.tracked.box, zones, track_id)


def _rule_zones(rule: AlertRule, seen: SeenObject) -> tuple[str, ...]:
    """The rule's zones that an object is in, for however short a time."""
    return (WHOLE_FRAME,) if rule.zones is None else tuple(name for name in rule.zones if name in seen.zones)


def _is_over(alert: OpenAlert, frame: Frame) -> bool:
    alive = [frame.tracks[track_id] for track_id in alert.tracks if track_id in frame.tracks]
    seen_us = alert.last.captured_at_us
    elsewhere = any(track.seen_at_us > seen_us for track in alive)
    return not alive or (elsewhere and frame.result.captured_at_us - seen_us > LEFT_AFTER_US)
