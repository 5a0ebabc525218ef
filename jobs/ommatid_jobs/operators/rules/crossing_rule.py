"""A rule that fires when objects cross a line: one alert for each frame, line and way."""

from collections.abc import Iterator
from dataclasses import replace

from ommatid_jobs.operators.rules.alert_message import CROSSING_TO_LEFT, CROSSING_TO_RIGHT, frame_occasion
from ommatid_jobs.operators.rules.arming import armed
from ommatid_jobs.operators.rules.cooldown import loud_places, quietened
from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.matching import counts
from ommatid_jobs.operators.rules.raising import RuleTurn, opened, raised
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules, WatchedCrossing
from ommatid_jobs.operators.rules.sightings import sighting
from ommatid_jobs.operators.rules.state import Match, RuleState

_KINDS = {Direction.TO_LEFT: CROSSING_TO_LEFT, Direction.TO_RIGHT: CROSSING_TO_RIGHT}


def crossing_turn(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """Advance a rule by one frame: raise an alert for what crosses its lines.

    A crossing is over when it is seen. So one that falls into the cooldown of its line, or into a time in which the
    rule is not armed, is not told of later.
    """
    crossing = rule.crossing or WatchedCrossing(lines=())
    turn = RuleTurn(armed(rule, state, frame.result.captured_at_us))
    if turn.state.armed_at_us is None:
        return turn
    for line in loud_places(crossing.lines, rule, turn.state, frame.result.captured_at_us):
        for way in (crossing.direction,) if crossing.direction else Direction:
            found = tuple(_matches(rule, line, way, frame))
            if found:
                turn = _raised(rule, camera, (turn, line, way, found), frame, now_us)
    return turn


def _matches(rule: AlertRule, line: str, way: Direction, frame: Frame) -> Iterator[Match]:
    for track_id, seen in frame.objects.items():
        if seen.crossed.get(line) is way and counts(rule, seen.tracked):
            yield Match(seen.tracked.box, (line,), track_id)


def _raised(
    rule: AlertRule,
    camera: CameraRules,
    found: tuple[RuleTurn, str, Direction, tuple[Match, ...]],
    frame: Frame,
    now_us: int,
) -> RuleTurn:
    turn, line, way, matches = found
    shown = [sighting(frame, matches)]
    alert = opened(rule, camera.camera_id, _KINDS[way], (line,), shown, one_of=f"{line}\x1f{way}")
    state = quietened(rule, turn.state, (line,), frame.result.captured_at_us)
    after = raised(rule, state, alert, shown, frame_occasion(frame.result, now_us))
    return replace(after, alerts=(*turn.alerts, *after.alerts), held_back=turn.held_back or after.held_back)
