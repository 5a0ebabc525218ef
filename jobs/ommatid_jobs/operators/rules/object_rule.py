"""A rule that fires for objects, each of which raises one alert."""

from collections.abc import Iterator
from dataclasses import replace

from ommatid_jobs.operators.rules.alert_message import LOITERING, PRESENCE, alert_message, frame_occasion
from ommatid_jobs.operators.rules.arming import armed
from ommatid_jobs.operators.rules.confirmation import confirm
from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.lifecycle import Turn, follow, in_order
from ommatid_jobs.operators.rules.raising import RuleTurn, opened, raised
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.sightings import zones_of
from ommatid_jobs.operators.rules.state import RuleState
from ommatid_schemas.events import Alert, AlertType


def object_turn(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """Advance a rule by one frame: follow its open alerts, and raise another one where the frame confirms it."""
    turns = [follow(rule, alert, frame) for alert in state.open]
    told = tuple(_messages(rule, turns, frame, now_us))
    before = armed(rule, state, frame.result.captured_at_us)
    if turns:
        before = replace(before, open=tuple(turn.alert for turn in turns if turn.message is not AlertType.END))
    if before.armed_at_us is None:
        return RuleTurn(before, told)
    after, confirming = confirm(rule, camera.zones, before, frame)
    alive = tuple(filter(frame.tracks.__contains__, after.reported))
    after = after if alive == after.reported else replace(after, reported=alive)
    if not confirming:
        return RuleTurn(after, told)
    kind = LOITERING if rule.loitering_us else PRESENCE
    alert = opened(rule, camera.camera_id, kind, in_order(rule, zones_of(confirming)), confirming)
    turn = raised(rule, after, alert, confirming, frame_occasion(frame.result, now_us))
    return replace(turn, alerts=(*told, *turn.alerts))


def _messages(rule: AlertRule, turns: list[Turn], frame: Frame, now_us: int) -> Iterator[Alert]:
    for turn in turns:
        if turn.message is not None and turn.message in rule.report:
            message = (turn.message, turn.alert, [turn.alert.last])
            yield alert_message(rule.name, message, frame_occasion(frame.result, now_us))
