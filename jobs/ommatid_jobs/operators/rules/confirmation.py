"""One rule on one camera: which objects match, when N of M frames confirm it, and when it stays quiet."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.rule_book import AlertRule, WatchedZone
from ommatid_jobs.operators.rules.state import Match, RuleState, Sighting
from ommatid_jobs.operators.rules.zone_stays import SeenObject
from ommatid_jobs.operators.tracking import Track, TrackedBox

WHOLE_FRAME = ""
"""Stands for the zone of a rule without zones; no zone can have this name."""


def confirm(
    rule: AlertRule, zones: Mapping[str, WatchedZone], state: RuleState, frame: Frame
) -> tuple[RuleState, tuple[Sighting, ...]]:
    """Advance a rule by one frame.

    The rule fires when this frame and enough of the ``confirm_frames`` last ones match. Objects that were part of an
    alert of this rule do not count again, however long they stay. Nor do matches in zones that are in cooldown: who
    enters another zone is reported for that zone alone, and who still matches after the cooldown is reported then.
    After an alert, confirmation begins anew: no frame supports two alerts of one rule. Confirmation counts frames and
    not tracks, so that an object whose track breaks is not missed.

    Args:
        rule: The rule.
        zones: Zones of the camera.
        state: The rule's state on this camera.
        frame: The frame.

    Returns:
        The next state, and the frames that confirm an alert, oldest first; none without an alert.
    """
    recent = tuple(seen for seen in state.sightings if seen.number > frame.number - rule.confirm_frames)
    matches = tuple(_matches(rule, zones, state, frame))
    if not matches:
        return state if recent == state.sightings else replace(state, sightings=recent), ()
    recent = (*recent, sighting(frame, matches))
    if len(recent) < rule.confirm_matches:
        return replace(state, sightings=recent), ()
    return _after_alert(rule, state, recent), recent


def sighting(frame: Frame, matches: tuple[Match, ...]) -> Sighting:
    """Evidence of what a rule found in a frame."""
    result = frame.result
    return Sighting(frame.number, result.frame_id, result.captured_at_us, result.frame_ref, matches)


def zones_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Zones in which the boxes of these frames stand."""
    return frozenset(zone for seen in sightings for match in seen.matches for zone in match.zones)


def rule_zones(rule: AlertRule, seen: SeenObject) -> tuple[str, ...]:
    """The rule's zones that an object is in, for however short a time."""
    return (WHOLE_FRAME,) if rule.zones is None else tuple(name for name in rule.zones if name in seen.zones)


def _matches(rule: AlertRule, zones: Mapping[str, WatchedZone], state: RuleState, frame: Frame) -> Iterable[Match]:
    at_us = frame.result.captured_at_us
    loud = _loud_zones(rule, state, at_us)
    if not loud:
        return
    for track_id, seen in frame.objects.items():
        track = seen.tracked.track
        if track_id not in state.reported and _counts(rule, seen.tracked) and not _was_there(state, track):
            stood = tuple(name for name in loud if _stood_in(name, rule, zones, seen, at_us))
            if stood:
                yield Match(seen.tracked.box, stood, track_id)


def _was_there(state: RuleState, track: Track) -> bool:
    """Whether an object has been standing there since before the schedule armed the rule."""
    return track.is_stationary and track.rest.since_us < (state.armed_at_us or 0)


def _counts(rule: AlertRule, tracked: TrackedBox) -> bool:
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


def _loud_zones(rule: AlertRule, state: RuleState, at_us: int) -> tuple[str, ...]:
    """The rule's zones that are not in cooldown; an end that is too far away is from before the clock was set back."""
    zones = (WHOLE_FRAME,) if rule.zones is None else rule.zones
    return tuple(name for name in zones if not 0 < state.quiet_until_us.get(name, at_us) - at_us <= rule.cooldown_us)


def _after_alert(rule: AlertRule, state: RuleState, confirming: tuple[Sighting, ...]) -> RuleState:
    until_us = confirming[-1].captured_at_us + rule.cooldown_us
    quiet = {**state.quiet_until_us, **dict.fromkeys(sorted(zones_of(confirming)), until_us)}
    reported = sorted({*state.reported, *tracks_of(confirming)})
    return replace(state, sightings=(), quiet_until_us=quiet, reported=tuple(reported))


def tracks_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Tracks of the boxes in these frames."""
    return frozenset(match.track_id for seen in sightings for match in seen.matches if match.track_id)
