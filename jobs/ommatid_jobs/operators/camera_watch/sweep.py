"""The judgement over a region as event time passes: from one moment at which something changes to the next."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ommatid_jobs.operators.camera_watch.episodes import CameraWatch, Kind
from ommatid_jobs.operators.camera_watch.plight import Watched, moments, plights, restless, watched
from ommatid_jobs.operators.camera_watch.state import RegionWatch
from ommatid_jobs.operators.camera_watch.turn import Moment, Turn, ended, over_among, raised
from ommatid_jobs.operators.camera_watch.watch_book import WatchBook
from ommatid_schemas.events import Alert

_SECOND_US = 1_000_000
_MINUTE_US = 60 * _SECOND_US


@dataclass(frozen=True, slots=True)
class Step:
    """The next state of the region, and the messages that are due, in order."""

    state: RegionWatch
    alerts: tuple[Alert, ...] = ()


def swept(state: RegionWatch, cameras: Mapping[str, CameraWatch], book: WatchBook, until_us: int, now_us: int) -> Step:
    """Judge everything up to an event time.

    What is judged, and so each alert and its identity, depends on the reports and not on when or how often this is
    called, as long as all reports up to ``until_us`` were taken before. Event time counts in whole seconds.

    Args:
        state: State of the region.
        cameras: All cameras of which something is known.
        book: Cameras and rules; what it does not name any more is forgotten, and its alerts end.
        until_us: The watermark, microseconds since the epoch.
        now_us: Current time, microseconds since the epoch; used for the latency of alerts only.
    """
    until_us -= until_us % _SECOND_US
    if not cameras or until_us <= state.judged_us:
        return Step(state)
    troubled = restless(cameras, until_us)
    told: list[Alert] = []
    if troubled or state.open:
        each = [watched(rule, book, cameras, troubled) for rule in book.rules]
        at_us = state.judged_us or _first_us(troubled, until_us) - 1
        times = _times(each, at_us, until_us)
        while at_us < until_us:
            at_us = _next_us(times, state, at_us)
            turn = _judged(state, each, book, Moment(book.region, at_us, now_us))
            state = turn.state
            told += turn.alerts
    return Step(_without_past(replace(state, judged_us=until_us)), tuple(told))


def _times(each: Sequence[Watched], since_us: int, until_us: int) -> Sequence[int]:
    """Event times at which something may begin, be over, or be armed, in order; and the last one."""
    times = {_up(time_us) for of in each for time_us in moments(of)}
    if any(of.rule.schedule for of in each):
        times.update(range(since_us - since_us % _MINUTE_US, until_us, _MINUTE_US))
    return sorted({time_us for time_us in times if since_us < time_us < until_us} | {until_us})


def _next_us(times: Sequence[int], state: RegionWatch, at_us: int) -> int:
    """The next time to judge after ``at_us``; what is held back until some time is judged then."""
    held = map(_up, (*state.quiet_until_us.values(), *state.settles_at_us.values()))
    return min([times[bisect_right(times, at_us)], *(time_us for time_us in held if time_us > at_us)])


def _first_us(troubled: Mapping[str, CameraWatch], until_us: int) -> int:
    """Where a region begins that was never judged: the first time from which something is known."""
    known = (episode.told_us for camera in troubled.values() for episode in camera.all_episodes())
    return min(known, default=until_us)


def _judged(state: RegionWatch, each: Sequence[Watched], book: WatchBook, moment: Moment) -> Turn:
    """Everything at one moment."""
    turn = _unwatched(state, book, moment)
    for of in each:
        for kind in Kind:
            after = _kind_judged(turn.state, of, kind, book, moment)
            turn = Turn(after.state, (*turn.alerts, *after.alerts))
    return turn


def _kind_judged(state: RegionWatch, of: Watched, kind: Kind, book: WatchBook, moment: Moment) -> Turn:
    seen = plights(of, kind, moment.at_us)
    open_ones = [it for it in state.open if (it.subject.rule, it.subject.kind) == (of.rule.name, kind)]
    over = ended(state, dict(over_among(open_ones, seen, of.restless, moment.at_us)), moment)
    new = raised(over.state, of.rule, book, seen, moment)
    return Turn(new.state, (*over.alerts, *new.alerts))


def _unwatched(state: RegionWatch, book: WatchBook, moment: Moment) -> Turn:
    """Alerts of rules that there are not any more are over."""
    names = {rule.name for rule in book.rules}
    return ended(state, {it.subject: moment.at_us for it in state.open if it.subject.rule not in names}, moment)


def _without_past(state: RegionWatch) -> RegionWatch:
    quiet = {key: time_us for key, time_us in state.quiet_until_us.items() if time_us > state.judged_us}
    settles = {key: time_us for key, time_us in state.settles_at_us.items() if time_us > state.judged_us}
    return replace(state, quiet_until_us=quiet, settles_at_us=settles)


def _up(time_us: int) -> int:
    """The next whole second."""
    return -(-time_us // _SECOND_US) * _SECOND_US
