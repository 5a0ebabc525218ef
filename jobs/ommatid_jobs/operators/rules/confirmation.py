"""One rule on one camera: which boxes match, when N of M frames confirm it, and when it stays quiet."""

from collections.abc import Iterable
from dataclasses import replace

from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.state import Match, RuleState, Sighting
from ommatid_jobs.operators.rules.zones import contains
from ommatid_schemas.events import Box, FrameResult

WHOLE_FRAME = ""
"""Stands for the zone of a rule without zones; no zone can have this name."""


def confirm(
    rule: AlertRule, state: RuleState, result: FrameResult, number: int
) -> tuple[RuleState, tuple[Sighting, ...]]:
    """Advance a rule by one frame.

    The rule fires when this frame and enough of the ``confirm_frames`` last ones match. Matches in
    zones that are in cooldown do not count, so an object that goes on standing in one zone stays
    quiet, and one that enters another zone is reported for that zone alone. After an alert,
    confirmation begins anew: no frame supports two alerts of one rule.

    Args:
        rule: The rule.
        state: Its state on this camera.
        result: A frame newer than all before.
        number: The frame's number on this camera, counting up by one.

    Returns:
        The next state, and the frames that confirm an alert, oldest first; none without an alert.
    """
    recent = tuple(seen for seen in state.sightings if seen.number > number - rule.confirm_frames)
    matches = tuple(_matches(rule, result.boxes))
    if not matches:
        return replace(state, sightings=recent), ()
    here = Sighting(number, result.frame_id, result.captured_at_us, result.frame_ref, matches)
    recent = (*recent, here)
    confirming = _outside(recent, _quiet_zones(rule, state, result.captured_at_us))
    if len(confirming) < rule.confirm_matches or confirming[-1].number != number:
        return replace(state, sightings=recent), ()
    return _after_alert(rule, state, confirming), confirming


def zones_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Zones in which the boxes of these frames stand."""
    return frozenset(zone for seen in sightings for match in seen.matches for zone in match.zones)


def _matches(rule: AlertRule, boxes: Iterable[Box]) -> Iterable[Match]:
    for box in boxes:
        if box.label in rule.labels and box.score >= rule.min_score:
            zones = _zones_around(rule, box)
            if zones:
                yield Match(box, zones)


def _zones_around(rule: AlertRule, box: Box) -> tuple[str, ...]:
    if rule.zones is None:
        return (WHOLE_FRAME,)
    # Rounding can put the foot of a box that is cut off by the picture's edge just outside of it.
    x, y = (min(max(value, 0.0), 1.0) for value in box.bottom_centre)
    return tuple(name for name, polygon in rule.zones.items() if contains(polygon, x, y))


def _quiet_zones(rule: AlertRule, state: RuleState, at_us: int) -> frozenset[str]:
    """Zones in cooldown; an end further away than a cooldown is from before the clock was set back."""
    return frozenset(
        zone for zone, until_us in state.quiet_until_us.items() if 0 < until_us - at_us <= rule.cooldown_us
    )


def _outside(sightings: Iterable[Sighting], quiet: frozenset[str]) -> tuple[Sighting, ...]:
    """What is left of the sightings when quiet zones do not count."""
    stripped = (replace(seen, matches=tuple(_without(seen.matches, quiet))) for seen in sightings)
    return tuple(seen for seen in stripped if seen.matches)


def _without(matches: Iterable[Match], quiet: frozenset[str]) -> Iterable[Match]:
    for match in matches:
        zones = tuple(zone for zone in match.zones if zone not in quiet)
        if zones:
            yield replace(match, zones=zones)


def _after_alert(rule: AlertRule, state: RuleState, confirming: tuple[Sighting, ...]) -> RuleState:
    until_us = confirming[-1].captured_at_us + rule.cooldown_us
    return RuleState((), {**state.quiet_until_us, **dict.fromkeys(sorted(zones_of(confirming)), until_us)})
