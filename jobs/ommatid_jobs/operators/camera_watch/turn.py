"""One kind of trouble among the cameras of one rule, at one event time: what is over, and what has become due."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ommatid_jobs.operators.camera_watch.alert_message import message, opened
from ommatid_jobs.operators.camera_watch.episodes import CameraWatch, Kind
from ommatid_jobs.operators.camera_watch.plight import ENDS_AT, Plight, Plights
from ommatid_jobs.operators.camera_watch.state import OpenAlert, RegionWatch, Scope, Subject
from ommatid_jobs.operators.camera_watch.watch_book import WatchBook, WatchRule
from ommatid_jobs.operators.rules.arming import is_armed
from ommatid_schemas.events import Alert, AlertType

SETTLE_US = 20_000_000
"""After an alert about many cameras: time in which the rest of them may come back too, two reports, microseconds."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is judged.

    Attributes:
        region: Name of the region.
        at_us: Event time.
        now_us: Current time, microseconds since the epoch; used for the latency of alerts only.
    """

    region: str
    at_us: int
    now_us: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The next state, and the messages that are due, in order."""

    state: RegionWatch
    alerts: tuple[Alert, ...] = ()


def ended(state: RegionWatch, over: Mapping[Subject, int], moment: Moment) -> Turn:
    """End alerts.

    Args:
        state: State of the region.
        over: Event time of the end of the trouble, by subject of the alerts to end.
        moment: When.
    """
    ending = [alert for alert in state.open if alert.subject in over]
    if not ending:
        return Turn(state)
    settles = {
        (it.subject.rule, it.subject.kind): moment.at_us + SETTLE_US
        for it in ending
        if it.subject.scope is not Scope.CAMERA
    }
    left = tuple(alert for alert in state.open if alert.subject not in over)
    alerts = tuple(
        message((AlertType.END, over[alert.subject]), alert, moment.region, moment.at_us, moment.now_us)
        for alert in ending
        if alert.ends
    )
    return Turn(replace(state, open=left, settles_at_us={**state.settles_at_us, **settles}), alerts)


def over_among(
    alerts: Sequence[OpenAlert], seen: Plights, cameras: Mapping[str, CameraWatch], at_us: int
) -> Iterator[tuple[Subject, int]]:
    """Subjects whose trouble is over, and since when.

    Args:
        alerts: Open alerts of a rule and kind.
        seen: What there is of that kind among the rule's cameras.
        cameras: Those cameras.
        at_us: Event time.
    """
    present = {(it.camera_id, _label(it), it.episode.since_us) for it in seen.affected}
    for alert in alerts:
        subject = alert.subject
        if subject.scope is Scope.CAMERA:
            if (subject.name, subject.label, alert.started_at_us) not in present:
                yield subject, _end_of(alert, cameras.get(subject.name), at_us)
        elif seen.share(subject.name if subject.scope is Scope.AGENT else None) <= ENDS_AT:
            yield subject, at_us


def raised(state: RegionWatch, rule: WatchRule, book: WatchBook, seen: Plights, moment: Moment) -> Turn:
    """Raise what is due, each alert about as many cameras as are in trouble together."""
    turn = Turn(state)
    if not is_armed(rule.schedule, moment.at_us):
        return turn
    told = {alert.subject for alert in state.open}
    for plight in seen.affected:
        if plight.due_us > moment.at_us or any(it in told for it in _subjects(rule, plight, book.region)):
            continue
        scope, share = seen.scope_of(plight)
        subject = _subject(rule, plight, scope, book.region)
        if not _is_quiet(state, subject, moment.at_us):
            told.add(subject)
            turn = _with(turn, opened(rule, book, subject, share, _shown(seen, plight, scope)), rule, moment)
    return turn


def _with(turn: Turn, alert: OpenAlert, rule: WatchRule, moment: Moment) -> Turn:
    quiet = {**turn.state.quiet_until_us, alert.subject: moment.at_us + rule.cooldown_us}
    state = replace(turn.state, open=(*turn.state.open, alert), quiet_until_us=quiet)
    return Turn(
        state, (*turn.alerts, message((AlertType.NEW, None), alert, moment.region, moment.at_us, moment.now_us))
    )


def _is_quiet(state: RegionWatch, subject: Subject, at_us: int) -> bool:
    """Whether a cooldown holds, or more cameras may still come back."""
    quiet_until_us = state.quiet_until_us.get(subject, 0)
    return at_us < max(quiet_until_us, state.settles_at_us.get((subject.rule, subject.kind), 0))


def _subjects(rule: WatchRule, plight: Plight, region: str) -> Iterator[Subject]:
    """All alerts that would speak of a camera's trouble; the widest first, because it is about the most cameras."""
    return (_subject(rule, plight, scope, region) for scope in (Scope.REGION, Scope.AGENT, Scope.CAMERA))


def _subject(rule: WatchRule, plight: Plight, scope: Scope, region: str) -> Subject:
    kind = plight.episode.kind
    if scope is Scope.CAMERA:
        return Subject(rule.name, kind, scope, plight.camera_id, _label(plight))
    return Subject(rule.name, kind, scope, region if scope is Scope.REGION else plight.agent_id)


def _label(plight: Plight) -> str:
    """Each fault of a picture is a trouble of its own; why a camera gives none is not."""
    return plight.episode.label if plight.episode.kind is Kind.TAMPERED else ""


def _shown(seen: Plights, plight: Plight, scope: Scope) -> Sequence[Plight]:
    if scope is Scope.CAMERA:
        return [plight]
    return seen.among(plight.agent_id if scope is Scope.AGENT else None)


def _end_of(alert: OpenAlert, camera: CameraWatch | None, at_us: int) -> int:
    """When the trouble of a camera was over: as it was reported, or when nobody reports it any more."""
    ends = [
        episode.until_us
        for episode in (camera.episodes if camera else ())
        if (episode.kind, episode.since_us) == (alert.subject.kind, alert.started_at_us) and episode.until_us
    ]
    return min(ends, default=at_us)
