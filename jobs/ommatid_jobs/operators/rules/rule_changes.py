"""Rules that changed, or went, since the camera's last frame: what of their state still counts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from ommatid_jobs.operators.rules.alert_message import alert_message, frame_occasion
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.state import Condition, RulesState, RuleState
from ommatid_schemas.events import Alert, AlertType, FrameResult

V = TypeVar("V")


def adapted(state: RulesState, camera: CameraRules) -> RulesState:
    """State in which rules that match otherwise than before begin their confirmation anew.

    Open alerts, cooldowns and limits stay. Who crosses one of the rule's lines, or stays in one of its zones, is seen
    anew, too: it may be drawn elsewhere now. A change that decides about no match, as of ``cooldown``, costs nothing.
    """
    changed = [rule for rule in camera.rules if _is_changed(state, rule, camera)]
    if not changed:
        return state
    before = {rule.name: state.rules[rule.name] for rule in changed}
    rules = {name: _begun_anew(rule, camera.matched_by[name]) for name, rule in before.items()}
    # State of an older release does not say by what it was matched: it is taken to be unchanged.
    places = {place for rule in changed if before[rule.name].matched_by for place in _places(rule)}
    return replace(
        state,
        rules={**state.rules, **rules},
        stays=_without(state.stays, places),
        passages=_without(state.passages, places),
    )


def ends_of_removed(state: RulesState, camera: CameraRules, result: FrameResult, now_us: int) -> Iterator[Alert]:
    """Ends of the alerts whose rules the camera has no more.

    Args:
        state: State of the camera before a frame.
        camera: Its rules.
        result: The frame.
        now_us: Current time, microseconds since the epoch.
    """
    names = {rule.name for rule in camera.rules}
    for name, rule in state.rules.items():
        if name in names:
            continue
        for alert in rule.open:
            if alert.ends:
                yield alert_message(name, (AlertType.END, alert, [alert.last]), frame_occasion(result, now_us))


def _is_changed(state: RulesState, rule: AlertRule, camera: CameraRules) -> bool:
    before = state.rules.get(rule.name)
    return before is not None and before.matched_by != camera.matched_by[rule.name]


def _begun_anew(state: RuleState, matched_by: str) -> RuleState:
    if not state.matched_by:
        return replace(state, matched_by=matched_by)
    return replace(state, sightings=(), condition=Condition(), matched_by=matched_by)


def _places(rule: AlertRule) -> tuple[str, ...]:
    return (*(rule.zones or ()), *(rule.crossing.lines if rule.crossing else ()))


def _without(known: Mapping[str, Mapping[str, V]], places: set[str]) -> Mapping[str, Mapping[str, V]]:
    """What is known of each track, without some places."""
    if not places:
        return known
    kept = {track: {name: it for name, it in at.items() if name not in places} for track, at in known.items()}
    return {track: at for track, at in kept.items() if at}
