"""What another configuration changes about the alerts: which are gone, which are new, which come at another time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ommatid_fleet.backtest.raised_alert import RaisedAlert

WITHIN_S = 10.0
"""Two alerts of one rule on one camera, with one label, are taken for the same up to this distance, seconds."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One alert that both configurations raise, at different times."""

    a: RaisedAlert
    b: RaisedAlert

    @property
    def by_s(self) -> float:
        """How much later the second configuration raises it, seconds; negative for earlier."""
        return self.b.raised_s - self.a.raised_s


@dataclass(frozen=True, slots=True)
class Comparison:
    """Alerts of two configurations, each exactly once; by time.

    Attributes:
        same: Raised by both from the same frame, as the first has them.
        moved: Raised by both, at different times.
        only_a: Raised by the first alone.
        only_b: Raised by the second alone.
    """

    same: tuple[RaisedAlert, ...]
    moved: tuple[Moved, ...]
    only_a: tuple[RaisedAlert, ...]
    only_b: tuple[RaisedAlert, ...]


def compared(a: Sequence[RaisedAlert], b: Sequence[RaisedAlert], within_s: float = WITHIN_S) -> Comparison:
    """Pair the alerts of two configurations: the nearest ones first, each with one of the other at most.

    Only alerts that are raised count, not updates and ends. Which configuration is called the first makes no
    difference but for the names.

    Args:
        a: Alerts of the first configuration.
        b: Alerts of the second one.
        within_s: Distance up to which two can be the same, seconds.
    """
    ours, theirs = [it for it in a if it.is_new], [it for it in b if it.is_new]
    pairs = list(_pairs(ours, theirs, within_s))
    taken_a, taken_b = {i for i, _ in pairs}, {j for _, j in pairs}
    moved = [Moved(ours[i], theirs[j]) for i, j in pairs if ours[i].raised_s != theirs[j].raised_s]
    return Comparison(
        same=_by_time(ours[i] for i, j in pairs if ours[i].raised_s == theirs[j].raised_s),
        moved=tuple(sorted(moved, key=lambda it: (it.a.raised_s, it.a.alert.alert_id))),
        only_a=_by_time(it for i, it in enumerate(ours) if i not in taken_a),
        only_b=_by_time(it for j, it in enumerate(theirs) if j not in taken_b),
    )


def _pairs(ours: Sequence[RaisedAlert], theirs: Sequence[RaisedAlert], within_s: float) -> Iterator[tuple[int, int]]:
    candidates = sorted(
        (abs(a.raised_s - b.raised_s), min(a.raised_s, b.raised_s), max(a.raised_s, b.raised_s), i, j)
        for i, a in enumerate(ours)
        for j, b in enumerate(theirs)
        if abs(a.raised_s - b.raised_s) <= within_s and _subject(a) == _subject(b)
    )
    free_a, free_b = set(range(len(ours))), set(range(len(theirs)))
    for *_, i, j in candidates:
        if i in free_a and j in free_b:
            free_a.remove(i)
            free_b.remove(j)
            yield i, j


def _subject(raised: RaisedAlert) -> tuple[str, str, str]:
    alert = raised.alert
    return alert.camera_id, alert.rule, alert.label


def _by_time(alerts: Iterator[RaisedAlert]) -> tuple[RaisedAlert, ...]:
    return tuple(sorted(alerts, key=lambda it: (it.raised_s, it.alert.alert_id)))
