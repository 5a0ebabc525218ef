"""An alert is due: held to the hourly limit, told of, and kept where somebody wants to hear more of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ommatid_jobs.operators.rules.alert_message import LIMIT, Occasion, alert_id, alert_message
from ommatid_jobs.operators.rules.hourly_limit import Verdict, limited
from ommatid_jobs.operators.rules.rule_book import AlertRule
from ommatid_jobs.operators.rules.sightings import best_match, tracks_of
from ommatid_jobs.operators.rules.state import OpenAlert, RuleState, Sighting
from ommatid_schemas.events import Alert, AlertType


@dataclass(frozen=True, slots=True)
class RuleTurn:
    """A rule on a camera after a frame, or after time passed: its state, messages, and whether an alert was held back.

    Attributes:
        state: Of the rule.
        alerts: Messages, in order.
        held_back: Whether the hourly limit held an alert back.
        unreadable: Whether the frame has an answer that the rule cannot read.
    """

    state: RuleState
    alerts: tuple[Alert, ...] = ()
    held_back: bool = False
    unreadable: bool = False


def opened(
    rule: AlertRule, camera_id: str, kind: str, zones: Sequence[str], shown: Sequence[Sighting], *, one_of: str = ""
) -> OpenAlert:
    """The alert that a rule raises, with the label and score of the best box.

    Args:
        rule: The rule.
        camera_id: The camera.
        kind: Kind of the alert.
        zones: Names of its zones, in the order of the rule, or of its line.
        shown: Frames that show it, oldest first; where none has a box, the rule's first label stands for it, and for
            a rule without labels, the kind.
        one_of: Tells it from others of the same frame, where there can be any.
    """
    best = best_match(shown)
    label = (*rule.labels, kind)[0] if best is None else best.box.label
    last_best = best_match(shown[-1:])
    return OpenAlert(
        alert_id=alert_id(camera_id, rule.name, label, shown[0].captured_at_us, one_of),
        kind=kind,
        label=label,
        score=0.0 if best is None else best.box.score,
        zones=tuple(zones),
        tracks=tuple(sorted(tracks_of(shown))),
        started_at_us=shown[0].captured_at_us,
        last=replace(shown[-1], matches=() if last_best is None else (last_best,)),
        severity=rule.severity,
        deliver=rule.deliver,
        ends=AlertType.END in rule.report,
    )


def raised(
    rule: AlertRule,
    state: RuleState,
    alert: OpenAlert,
    shown: Sequence[Sighting],
    occasion: Occasion,
) -> RuleTurn:
    """Raise an alert, unless the hourly limit holds it back.

    Args:
        rule: The rule.
        state: Its state.
        alert: What it raises.
        shown: Frames that show it, oldest first.
        occasion: What the alert follows from.
    """
    after, verdict = limited(rule, state, occasion.at_us)
    if verdict is Verdict.HELD_BACK:
        return RuleTurn(after, held_back=True)
    alert = replace(alert, kind=LIMIT) if verdict is Verdict.LAST else alert
    if rule.report != (AlertType.NEW,):
        after = replace(after, open=(*after.open, alert))
    return RuleTurn(after, (alert_message(rule.name, (AlertType.NEW, alert, shown), occasion),))
