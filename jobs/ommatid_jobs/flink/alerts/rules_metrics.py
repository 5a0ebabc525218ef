"""Counters of the alert job: in = judged + repeats + dropped by reason + dead letters."""

from pyflink.metrics import MetricGroup

from ommatid_jobs.flink.alerts.judgement import Judged, Outcome, Refused, Repeat
from ommatid_jobs.operators.rules import RuleBook


class RulesMetrics:
    """Counts what became of each record. All counters exist from the start, at zero."""

    def __init__(self, group: MetricGroup, book: RuleBook) -> None:
        names = {rule.name for camera in book.cameras.values() for rule in camera.rules}
        self._results_in = group.counter("results_in")
        self._repeats = group.counter("repeats")
        self._dead_letters = group.counter("rules_dead_letters")
        self._unknown_camera = group.add_group("reason", "unknown_camera").counter("results_dropped")
        self._raised = {name: group.add_group("rule", name).counter("alerts_raised") for name in sorted(names)}

    def count(self, outcome: Outcome) -> None:
        """Count one record."""
        self._results_in.inc()
        match outcome:
            case Judged(alerts):
                for alert in alerts:
                    self._raised[alert.rule].inc()
            case Repeat():
                self._repeats.inc()
            case Refused():
                self._dead_letters.inc()
            case _:
                self._unknown_camera.inc()
