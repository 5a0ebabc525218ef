"""What inference counts, for the worker's endpoint; any thread may count. Flink would lose what other threads count.

admitted = results + dead letters of the stage ``inference``.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from ommatid_jobs.detectors import Detector
from ommatid_jobs.flink.detect.settings import DetectSettings

_GROUP_LABELS = ("region", "priority", "group")
_DETECTOR_LABELS = ("region", "priority", "detector")
_BATCH_SIZES = (1, 2, 4, 8, 16, 24, 32)
_STATES = {"on_gpu"}
"""Numbers of detectors that say how things are; the others count."""

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.25, 2.5, 5.0, 15.0, 60.0)


class InferenceMetrics:
    """Model calls, results and dead letters of one worker; also what its detectors count by themselves.

    Args:
        settings: This deployment; its groups and detectors are there from the start, at zero.
        detectors: The loaded models by name.
    """

    def __init__(self, settings: DetectSettings, detectors: Mapping[str, Detector]) -> None:
        self.registry = CollectorRegistry()
        self._deployment = (settings.region, settings.priority.value)
        self._results = self._counter("results", "Frames with a result.", *_GROUP_LABELS)
        self._dead_letters = self._counter(
            "dead_letters", "Records that became dead letters.", *_GROUP_LABELS, "stage", "error"
        )
        self._sizes = self._histogram("batch_size", "Frames in one call of a model.", _BATCH_SIZES)
        self._seconds = self._histogram("inference_seconds", "Duration of one call of a model.", _SECONDS)
        for group in settings.groups:
            self._results.labels(*self._deployment, group)
        for name in settings.detectors:
            self._sizes.labels(*self._deployment, name)
            self._seconds.labels(*self._deployment, name)
        self.registry.register(DetectorCollector(self._deployment, detectors))

    def record_call(self, detector: str, frames: int, duration_s: float) -> None:
        """One call of a model with so many frames."""
        self._sizes.labels(*self._deployment, detector).observe(frames)
        self._seconds.labels(*self._deployment, detector).observe(duration_s)

    def record_result(self, group: str) -> None:
        """One admitted frame that has a result."""
        self._results.labels(*self._deployment, group).inc()

    def record_dead_letter(self, group: str, stage: str, error: BaseException) -> None:
        """One admitted frame that ended as a dead letter."""
        self._dead_letters.labels(*self._deployment, group, stage, type(error).__name__).inc()

    def _counter(self, name: str, documentation: str, *labels: str) -> Counter:
        return Counter(f"ommatid_detect_{name}", documentation, labels, registry=self.registry)

    def _histogram(self, name: str, documentation: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(
            f"ommatid_detect_{name}", documentation, _DETECTOR_LABELS, buckets=buckets, registry=self.registry
        )


class DetectorCollector(Collector):
    """What each detector counts by itself: ``ommatid_detector_NAME``, labelled with the detector.

    Whole numbers in millionths or thousandths become the unit that their name says, as Prometheus' conventions want.

    Args:
        deployment: Region and priority.
        detectors: The loaded models by name.
    """

    def __init__(self, deployment: tuple[str, str], detectors: Mapping[str, Detector]) -> None:
        self._deployment = deployment
        self._detectors = detectors

    def collect(self) -> Iterator[Metric]:
        """The version of each detector that serves; one family for each name, all detectors that count it in it."""
        info = InfoMetricFamily("ommatid_detector", "Version that serves.", labels=_DETECTOR_LABELS)
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for detector, loaded in self._detectors.items():
            info.add_metric((*self._deployment, detector), {"version": loaded.version})
            for name, read in loaded.gauges.items():
                kind, shown, factor = _shown(name)
                if shown not in families:
                    documentation = f"{shown}, as the detector counts it."
                    families[shown] = kind(f"ommatid_detector_{shown}", documentation, labels=_DETECTOR_LABELS)
                families[shown].add_metric((*self._deployment, detector), read() * factor)
        yield from (info, *families.values())


def _shown(name: str) -> tuple[type[CounterMetricFamily] | type[GaugeMetricFamily], str, float]:
    """What a detector's number becomes: its kind, its name, and what it is multiplied by."""
    if name in _STATES:
        return GaugeMetricFamily, name, 1
    if name.endswith("_milli"):
        return GaugeMetricFamily, name.removesuffix("_milli"), 1e-3
    if name.endswith("_micros"):
        return CounterMetricFamily, name.removesuffix("_micros"), 1e-6
    return CounterMetricFamily, name, 1
