"""Counters of the alert job: in = judged + repeats + dropped by reason + dead letters.

Twice: Flink's, for its web page, and as series of the worker's endpoint.
"""

from collections.abc import Iterable

from pyflink.metrics import Counter, MetricGroup

from ommatid_connectors.flink_kafka.records import SinkRecord
from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import Judged, Outcome, Refused, Repeat
from ommatid_jobs.operators.rule_versions import RulesInEffect
from ommatid_schemas.events import AlertType


class RulesMetrics:
    """Counts what became of each record.

    Args:
        group: Flink's metrics of the operator.
        series: What the worker's endpoint shows.
    """

    def __init__(self, group: MetricGroup, series: AlertSeries) -> None:
        self._series = series
        self._raised = CountersByRule(group, "alerts_raised")
        self._held_back = CountersByRule(group, "alerts_held_back")
        self._unreadable = CountersByRule(group, "answers_unreadable")
        self._results_in = group.counter("results_in")
        self._repeats = group.counter("repeats")
        self._dead_letters = group.counter("rules_dead_letters")
        self._unknown_camera = group.add_group("reason", "unknown_camera").counter("results_dropped")
        self._hidden: tuple[Counter, ...] = (
            self._results_in,
            self._repeats,
            self._dead_letters,
            self._unknown_camera,
        )

    def show_rules(self, in_effect: RulesInEffect) -> None:
        """Show which rules are in effect, and counters for them with the next record."""
        self._series.show_rules(in_effect)
        book = in_effect.version.book
        names = sorted({rule.name for camera in book.cameras.values() for rule in camera.rules})
        for counters in (self._raised, self._held_back, self._unreadable):
            self._hidden += tuple(counters.new(names))

    def count(self, outcome: Outcome) -> None:
        """Count one record. With the first one, all counters appear, at zero."""
        self._show_hidden()
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

    def count_refused_rules(self, letter: SinkRecord) -> None:
        """Count a record of the rules topic that was refused."""
        self._series.count_refused_rules(letter)

    def _count_alerts_in_flink(self, outcome: Judged) -> None:
        for alert in outcome.alerts:
            # Updates and ends are messages about an alert that was counted.
            if alert.type is AlertType.NEW:
                self._raised.of(alert.rule).inc()
        for name in outcome.held_back:
            self._held_back.of(name).inc()
        for name in outcome.unreadable:
            self._unreadable.of(name).inc()

    def _show_hidden(self) -> None:
        # Flink learns of a Python counter when it changes, and only while records are processed.
        for counter in self._hidden:
            counter.inc(0)
        self._hidden = ()


class CountersByRule:
    """A counter of Flink for each rule that there is, or was since the worker started."""

    def __init__(self, group: MetricGroup, name: str) -> None:
        self._group = group
        self._name = name
        self._counters: dict[str, Counter] = {}

    def new(self, rules: Iterable[str]) -> Iterable[Counter]:
        """Counters of rules that had none."""
        return [self.of(rule) for rule in rules if rule not in self._counters]

    def of(self, rule: str) -> Counter:
        """The counter of a rule."""
        if rule not in self._counters:
            self._counters[rule] = self._group.add_group("rule", rule).counter(self._name)
        return self._counters[rule]
