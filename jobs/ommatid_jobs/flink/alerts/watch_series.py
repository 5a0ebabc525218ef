"""What the worker's endpoint shows of the watch over cameras: in = taken + unwatched + dead letters."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

from ommatid_jobs.flink.alerts.watch_intake import Outcome, Refused, Unwatched
from ommatid_jobs.operators.camera_watch import RegionWatch
from ommatid_schemas.events import Alert


class WatchSeries:
    """Reports, alerts, and what is wrong now.

    Args:
        region: Region of the deployment.
    """

    def __init__(self, region: str) -> None:
        self.registry = CollectorRegistry()
        self._region = region
        self._reports_in = self._counter("reports_in", "Reports about cameras read.")
        self._unwatched = self._counter("reports_unwatched", "Reports about cameras that are not watched.")
        self._dead_letters = self._counter("dead_letters", "Records that became dead letters.", "error")
        self._raised = self._counter("raised", "Alerts written, by what they say.", "rule", "kind", "type")
        self._open = Gauge("ommatid_watch_open", "Alerts that are not over.", ("region",), registry=self.registry)
        self._cameras = Gauge("ommatid_watch_cameras", "Cameras that are watched.", ("region",), registry=self.registry)
        for series in (self._reports_in, self._unwatched, self._open, self._cameras):
            series.labels(region)

    def count(self, outcome: Outcome) -> None:
        """Count what became of one record."""
        self._reports_in.labels(self._region).inc()
        match outcome:
            case Refused(dead_letter):
                self._dead_letters.labels(self._region, dead_letter.headers["error_class"].decode()).inc()
            case Unwatched():
                self._unwatched.labels(self._region).inc()
            case _:
                pass

    def show(self, region: RegionWatch, cameras: int, alerts: Iterable[Alert]) -> None:
        """Show what there is after a judgement, and count what it raised."""
        self._open.labels(self._region).set(len(region.open))
        self._cameras.labels(self._region).set(cameras)
        for alert in alerts:
            self._raised.labels(self._region, alert.rule, alert.kind, alert.type.value).inc()

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"ommatid_watch_{name}", documentation, ("region", *labels), registry=self.registry)
