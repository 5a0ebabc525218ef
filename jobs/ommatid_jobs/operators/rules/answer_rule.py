"""A rule that fires when a vision language model answers what the rule wants to read.

It is about whole frames: N of the last M frames that were judged begin an alert, and more than M - N of them end it. A
frame without an answer is not judged, for the model is asked about few: an answer holds for ``blind_us``.
"""

from dataclasses import replace

from ommatid_jobs.operators.rules.answers import agrees
from ommatid_jobs.operators.rules.arming import armed
from ommatid_jobs.operators.rules.condition import advanced
from ommatid_jobs.operators.rules.condition_rule import ended, told
from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.matching import matches, zones_of_rule
from ommatid_jobs.operators.rules.raising import RuleTurn
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.sightings import sighting
from ommatid_jobs.operators.rules.state import Condition, Match, RuleState


def answer_turn(rule: AlertRule, camera: CameraRules, state: RuleState, frame: Frame, now_us: int) -> RuleTurn:
    """Advance a rule that reads answers by one frame.

    Where the rule has labels, a frame also has to show an object that counts; one that shows none needs no answer.
    """
    before = armed(rule, state, frame.result.captured_at_us)
    if before.armed_at_us is None:
        return ended(rule, replace(before, condition=Condition()), frame, now_us)
    before = _faded(before, frame.result.captured_at_us - camera.blind_us)
    seen = tuple(matches(rule, camera.zones, zones_of_rule(rule), frame, lambda _: True)) if rule.labels else ()
    verdict, unreadable = _verdict(rule, seen, frame)
    after = before if verdict is None else advanced(rule, before, sighting(frame, seen), verdict)
    return replace(told(rule, camera, after, frame, now_us), unreadable=unreadable)


def _verdict(rule: AlertRule, seen: tuple[Match, ...], frame: Frame) -> tuple[bool | None, bool]:
    """Whether the frame is what the rule wants, None if it cannot be judged; and whether its answer cannot be read."""
    if rule.labels and not seen:
        return False, False
    if frame.answer is None:
        return None, False
    verdict = agrees(rule.answers, frame.answer)
    return verdict, verdict is None


def _faded(state: RuleState, before_us: int) -> RuleState:
    """State without what was last found before a time."""
    last = state.condition.last or next(reversed(state.sightings), None)
    if last is None or last.captured_at_us >= before_us:
        return state
    return replace(state, sightings=(), condition=Condition())
