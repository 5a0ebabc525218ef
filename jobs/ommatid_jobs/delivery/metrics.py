"""Figures of the delivery process, by delivery; never by camera, of which there are too many."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ommatid_connectors.webhook import Accepted, Outcome, Refused
from ommatid_jobs.delivery.payload import Snapshot
from ommatid_schemas.priority import Priority

_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)


class DeliveryMetrics:
    """Counters and histograms of one process.

    Args:
        registry: Receives the metrics.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "ommatid_delivery_attempts",
            "Attempts to deliver an alert, by outcome: accepted, retriable or refused.",
            ("delivery", "outcome"),
            registry=registry,
        )
        self._seconds = Histogram(
            "ommatid_delivery_seconds",
            "Time from raising an alert to its acknowledgement.",
            ("delivery",),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._alerts = Counter("ommatid_delivery_alerts", "Alert records read.", registry=registry)
        self._dead_letters = Counter(
            "ommatid_delivery_dead_letters", "Alerts that became dead letters.", ("reason",), registry=registry
        )
        self._snapshots = Counter(
            "ommatid_delivery_snapshots",
            "Pictures of alerts: stored, missing, or withheld.",
            ("outcome",),
            registry=registry,
        )
        self._deleted = Counter(
            "ommatid_delivery_pictures_deleted", "Pictures that had their time and were deleted.", registry=registry
        )

        self._waiting = Gauge(
            "ommatid_delivery_waiting", "Alerts that wait for an endpoint.", ("delivery",), registry=registry
        )
        self._circuit = Gauge(
            "ommatid_delivery_circuit_open",
            "1 while an endpoint is left alone after failures in a row.",
            ("delivery",),
            registry=registry,
        )

        self._stages = Histogram(
            "ommatid_alert_stage_seconds",
            "Time of acknowledged alerts by stage; total is from capture to acknowledgement.",
            ("stage", "priority"),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self._late = Counter(
            "ommatid_alerts_late",
            "Alerts acknowledged later than their priority allows: 5 s, 15 s, 60 s after capture.",
            ("priority",),
            registry=registry,
        )
        for priority in Priority:
            # A series that is there from the start shows its first increase.
            self._late.labels(priority)

    def alert(self) -> None:
        """An alert record was read."""
        self._alerts.inc()

    def attempt(self, delivery: str, outcome: Outcome) -> None:
        """An attempt has ended."""
        self._attempts.labels(delivery, _outcome(outcome)).inc()

    def acknowledged(self, delivery: str, since_raised_s: float) -> None:
        """An endpoint has an alert, this many seconds after it was raised."""
        self._seconds.labels(delivery).observe(since_raised_s)

    def stages(self, priority: Priority, stages_s: Mapping[str, float]) -> bool:
        """An alert was acknowledged; returns whether later than its priority allows."""
        for stage, took_s in stages_s.items():
            self._stages.labels(stage, priority).observe(took_s)
        late = stages_s["total"] > priority.alert_within_s
        self._late.labels(priority).inc(late)
        return late

    def dead_letter(self, reason: str) -> None:
        """An alert became a dead letter; ``reason`` is the class of the error."""
        self._dead_letters.labels(reason).inc()

    def waiting(self, delivery: str, alerts: int) -> None:
        """So many alerts wait for an endpoint or are being posted to it."""
        self._waiting.labels(delivery).set(alerts)

    def circuit(self, delivery: str, *, is_open: bool) -> None:
        """An endpoint's circuit has opened or closed."""
        self._circuit.labels(delivery).set(is_open)

    def snapshot(self, snapshot: Snapshot) -> None:
        """A picture was stored, could not be made, or was kept back because people on it could not be hidden."""
        outcome = "stored" if snapshot.url is not None else "withheld" if snapshot.withheld else "missing"
        self._snapshots.labels(outcome).inc()

    def pictures_deleted(self, pictures: int) -> None:
        """So many pictures were deleted, because they had their time."""
        self._deleted.inc(pictures)


def _outcome(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return "accepted"
    return "refused" if isinstance(outcome, Refused) else "retriable"
