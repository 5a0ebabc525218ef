"""What the worker's endpoint shows of the alert job: in = judged + dropped by reason + dead letters."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ommatid_connectors.flink_kafka.records import SinkRecord
from ommatid_jobs.flink.alerts.judgement import STAGE, Judged, Outcome, Refused, Repeat
from ommatid_jobs.flink.alerts.rules_intake import STAGE as RULES_STAGE
from ommatid_jobs.operators.rule_versions import RulesInEffect
from ommatid_schemas.events import Alert, AlertType

_LABELS = ("region", "priority", "group")
_BUCKETS_S = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 3600.0)
"""The promises of the priorities are among them: 5, 15 and 60 s."""


class AlertSeries:
    """Results, alerts and their latency.

    Args:
        region: Region of the deployment.
    """

    def __init__(self, region: str) -> None:
        self.registry = CollectorRegistry()
        self._region = region
        self._results_in = self._counter("results_in", "Results read.", "region")
        self._dropped = self._counter("results_dropped", "Results that no rule has seen.", "region", "reason")
        self._dead_letters = self._counter(
            "dead_letters", "Records that became dead letters.", "region", "stage", "error"
        )
        self._unreadable = self._counter(
            "answers_unreadable", "Answers of a vision model that a rule cannot read.", "region", "rule"
        )
        self._raised = self._counter("raised", "Alerts written, by what they say.", *_LABELS, "rule", "type")
        self._latency = Histogram(
            "ommatid_alerts_latency_seconds",
            "Time from the capture of a frame to its alert; of new alerts that are not marked late.",
            _LABELS,
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._version = self._gauge("rules_version", "Number of the rules in effect.")
        self._applied = self._gauge("rules_applied_timestamp_seconds", "When they were applied, Unix time.")
        self._orders = self._gauge("arming_orders", "Orders to arm or disarm that are kept, also those that ended.")
        self._results_in.labels(region)
        for reason in ("repeat", "unknown_camera"):
            self._dropped.labels(region, reason)

    def count(self, outcome: Outcome) -> None:
        """Count what became of one record."""
        self._results_in.labels(self._region).inc()
        match outcome:
            case Judged():
                self.count_alerts(outcome)
            case Refused(SinkRecord(headers=headers)):
                self._dead_letters.labels(self._region, STAGE, headers["error_class"].decode()).inc()
            case Repeat():
                self._dropped.labels(self._region, "repeat").inc()
            case _:
                self._dropped.labels(self._region, "unknown_camera").inc()

    def count_alerts(self, outcome: Judged) -> None:
        """Count what was raised, by a record or by time."""
        for alert in outcome.alerts:
            self._count_alert(alert)
        for rule in outcome.unreadable:
            self._unreadable.labels(self._region, rule).inc()

    def show_rules(self, in_effect: RulesInEffect) -> None:
        """Show which rules are in effect."""
        self._version.labels(self._region).set(in_effect.version.version)
        self._applied.labels(self._region).set(in_effect.version.applied_at_us / 1e6)
        self._orders.labels(self._region).set(len(in_effect.arming.orders))

    def count_refused_rules(self, letter: SinkRecord) -> None:
        """Count a record of the rules topic that was refused."""
        self._dead_letters.labels(self._region, RULES_STAGE, letter.headers["error_class"].decode()).inc()

    def _count_alert(self, alert: Alert) -> None:
        labels = (alert.region, alert.priority.value, alert.group)
        self._raised.labels(*labels, alert.rule, alert.type.value).inc()
        if alert.type is AlertType.NEW and not alert.late:
            self._latency.labels(*labels).observe(max(0, alert.raised_at_us - alert.captured_at_us) / 1e6)

    def _gauge(self, name: str, documentation: str) -> Gauge:
        return Gauge(f"ommatid_alerts_{name}", documentation, ("region",), registry=self.registry)

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"ommatid_alerts_{name}", documentation, labels, registry=self.registry)
