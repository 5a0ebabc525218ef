"""Which objects of a frame count for a rule, and in which of its zones."""

from collections.abc import Callable, Collection, Iterator, Mapping

from ommatid_jobs.operators.rules.frame import Frame, SeenObject
from ommatid_jobs.operators.rules.rule_book import AlertRule, WatchedZone
from ommatid_jobs.operators.rules.state import Match
from ommatid_jobs.operators.tracking import Track, TrackedBox

WHOLE_FRAME = ""
"""Stands for the zone of a rule without zones; no zone can have this name."""


def zones_of_rule(rule: AlertRule) -> tuple[str, ...]:
    """Names of the rule's zones; the whole frame is one."""
    return (WHOLE_FRAME,) if rule.zones is None else rule.zones


def matches(
    rule: AlertRule,
    zones: Mapping[str, WatchedZone],
    among: Collection[str],
    frame: Frame,
    wanted: Callable[[Track], bool],
) -> Iterator[Match]:
    """Objects that count.

    Args:
        rule: The rule.
        zones: Zones of the camera.
        among: Names of the zones that may match.
        frame: The frame.
        wanted: Whether a track may match.
    """
    at_us = frame.result.captured_at_us
    for track_id, seen in frame.objects.items():
        if wanted(seen.tracked.track) and counts(rule, seen.tracked):
            stood = tuple(name for name in among if _stood_in(name, rule, zones, seen, at_us))
            if stood:
                yield Match(seen.tracked.box, stood, track_id)


def counts(rule: AlertRule, tracked: TrackedBox) -> bool:
    """Whether an object counts by its label, score and area, wherever it is."""
    box = tracked.box
    return (
        box.score >= rule.min_score
        and box.label in rule.labels
        and rule.min_area <= box.w * box.h <= rule.max_area
        and (not rule.threshold or tracked.track.median_score >= rule.threshold)
    )


def _stood_in(name: str, rule: AlertRule, zones: Mapping[str, WatchedZone], seen: SeenObject, at_us: int) -> bool:
    """Whether an object has been in a zone for long enough."""
    if name == WHOLE_FRAME:
        return at_us - seen.tracked.track.started_at_us >= rule.loitering_us
    stay = seen.zones.get(name)
    return stay is not None and at_us - stay.since_us >= max(zones[name].loitering_us, rule.loitering_us)
