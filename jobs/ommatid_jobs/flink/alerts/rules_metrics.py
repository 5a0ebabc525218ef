"""Counters of the alert job: in = judged + repeats + dropped by reason + dead letters.

Twice: Flink's, for its web page, and as series of the worker's endpoint.
"""

from pyflink.metrics import MetricGroup

from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import Judged, Outcome, Refused, Repeat
from ommatid_jobs.operators.rules import RuleBook
from ommatid_schemas.events import AlertType


class RulesMetrics:
    """Counts what became of each record.

    Args:
        group: Flink's metrics of the operator.
        book: Rules of the region.
        series: What the worker's endpoint shows.
    """

    def __init__(self, group: MetricGroup, book: RuleBook, series: AlertSeries) -> None:
        self._series = series
        names = {rule.name for camera in book.cameras.values() for rule in camera.rules}
        self._results_in = group.counter("results_in")
        self._repeats = group.counter("repeats")
        self._dead_letters = group.counter("rules_dead_letters")
        self._unknown_camera = group.add_group("reason", "unknown_camera").counter("results_dropped")
        self._raised = {name: group.add_group("rule", name).counter("alerts_raised") for name in sorted(names)}
        self._held_back = {name: group.add_group("rule", name).counter("alerts_held_back") for name in sorted(names)}
        self._unreadable = {name: group.add_group("rule", name).counter("answers_unreadable") for name in sorted(names)}
        self._shown = False

    def count(self, outcome: Outcome) -> None:
        """Count one record. With the first one, all counters appear, at zero."""
        if not self._shown:
            self._show_all()
        self._series.count(outcome)
        self._results_in.inc()
        match outcome:
            case Judged():
                self._count_alerts_in_flink(outcome)
            case Repeat():
                self._repeats.inc()
            case Refused():
                self._dead_letters.inc()
            case _:
                self._unknown_camera.inc()

    def count_alerts(self, outcome: Judged) -> None:
        """Count what time has raised, without a record."""
        self._series.count_alerts(outcome)
        self._count_alerts_in_flink(outcome)

    def _count_alerts_in_flink(self, outcome: Judged) -> None:
        for alert in outcome.alerts:
            # Updates and ends are messages about an alert that was counted.
            if alert.type is AlertType.NEW:
                self._raised[alert.rule].inc()
        for name in outcome.held_back:
            self._held_back[name].inc()
        for name in outcome.unreadable:
            self._unreadable[name].inc()

    def _show_all(self) -> None:
        # Flink learns of a Python counter when it changes, and only while records are processed.
        rest = (self._results_in, self._repeats, self._dead_letters, self._unknown_camera)
        by_rule = (*self._raised.values(), *self._held_back.values(), *self._unreadable.values())
        for counter in (*by_rule, *rest):
            counter.inc(0)
        self._shown = True
