"""One rule on one camera: which objects match, when N of M frames confirm it, and when it stays quiet."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ommatid_jobs.operators.rules.cooldown import loud_places, quietened
from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.matching import matches, zones_of_rule
from ommatid_jobs.operators.rules.rule_book import AlertRule, WatchedZone
from ommatid_jobs.operators.rules.sightings import sighting, tracks_of, zones_of
from ommatid_jobs.operators.rules.state import Match, RuleState, Sighting
from ommatid_jobs.operators.tracking import Track


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
    found = tuple(_matches(rule, zones, state, frame))
    if not found:
        return state if recent == state.sightings else replace(state, sightings=recent), ()
    recent = (*recent, sighting(frame, found))
    if len(recent) < rule.confirm_matches:
        return replace(state, sightings=recent), ()
    return _after_alert(rule, state, recent), recent


def _matches(rule: AlertRule, zones: Mapping[str, WatchedZone], state: RuleState, frame: Frame) -> Iterator[Match]:
    loud = loud_places(zones_of_rule(rule), rule, state, frame.result.captured_at_us)
    if not loud:
        return iter(())
    return matches(
        rule,
        zones,
        loud,
        frame,
        lambda track: track.track_id not in state.reported and not _was_there(state, track),
    )


def _was_there(state: RuleState, track: Track) -> bool:
    """Whether an object has been standing there since before the schedule armed the rule."""
    return track.is_stationary and track.rest.since_us < (state.armed_at_us or 0)


def _after_alert(rule: AlertRule, state: RuleState, confirming: tuple[Sighting, ...]) -> RuleState:
    reported = tuple(sorted({*state.reported, *tracks_of(confirming)}))
    after = quietened(rule, state, sorted(zones_of(confirming)), confirming[-1].captured_at_us)
    return replace(after, sightings=(), reported=reported)
