"""Prometheus metrics, read from the monitors at the moment of the scrape."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.frame_counters import FrameTotals
from ommatid_schemas.events import CameraState

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


def publish_seconds(registry: CollectorRegistry) -> Histogram:
    """Histogram of the time from handing a frame to the producer to its acknowledgement, seconds."""
    return Histogram(
        "ommatid_edge_publish_seconds",
        "Time from handing a frame to the producer to its acknowledgement.",
        buckets=_BUCKETS_S,
        registry=registry,
    )


class CameraMetrics(Collector):
    """Frames, states, reconnects and clock offsets of an agent's cameras.

    Args:
        monitors: The cameras.
        per_camera: Whether each camera has series of its own (label ``camera_id``); without it the
            number of series does not depend on the number of cameras.
    """

    def __init__(self, monitors: Sequence[CameraMonitor], *, per_camera: bool) -> None:
        self._groups: list[tuple[list[str], Sequence[CameraMonitor]]] = (
            [([monitor.camera_id], [monitor]) for monitor in monitors] if per_camera else [([], monitors)]
        )
        self._labels = ["camera_id"] if per_camera else []

    def collect(self) -> Iterator[Metric]:
        """One metric family each, all groups in it."""
        yield self._frames()
        yield self._pending()
        yield self._states()
        yield self._reconnects()
        yield self._faults()
        yield self._offsets()

    def _frames(self) -> Metric:
        family = CounterMetricFamily(
            "ommatid_edge_frames",
            "Frames by what became of them; captured = published + dropped + pending.",
            labels=[*self._labels, "result", "reason"],
        )
        for labels, monitors in self._groups:
            totals = _totals(monitors)
            family.add_metric([*labels, "captured", ""], totals.captured)
            for reason, count in totals.published.items():
                family.add_metric([*labels, "published", str(reason)], count)
            for reason, count in totals.dropped.items():
                family.add_metric([*labels, "dropped", str(reason)], count)
        return family

    def _pending(self) -> Metric:
        family = GaugeMetricFamily(
            "ommatid_edge_frames_pending", "Frames neither acknowledged nor given up yet.", labels=self._labels
        )
        for labels, monitors in self._groups:
            family.add_metric(labels, _totals(monitors).pending)
        return family

    def _states(self) -> Metric:
        family = GaugeMetricFamily(
            "ommatid_edge_camera_state", "Cameras in each state.", labels=[*self._labels, "state"]
        )
        for labels, monitors in self._groups:
            states = Counter(monitor.condition.state for monitor in monitors)
            for state in CameraState:
                family.add_metric([*labels, str(state)], states[state])
        return family

    def _reconnects(self) -> Metric:
        family = CounterMetricFamily(
            "ommatid_edge_reconnects", "Connections opened after the first.", labels=self._labels
        )
        for labels, monitors in self._groups:
            family.add_metric(labels, sum(monitor.condition.reconnects for monitor in monitors))
        return family

    def _faults(self) -> Metric:
        family = CounterMetricFamily("ommatid_edge_faults", "Unexpected faults of the agent.", labels=self._labels)
        for labels, monitors in self._groups:
            family.add_metric(labels, sum(monitor.condition.faults for monitor in monitors))
        return family

    def _offsets(self) -> Metric:
        family = GaugeMetricFamily(
            "ommatid_edge_clock_offset_seconds",
            "Camera clock minus arrival; without a camera_id the largest by amount.",
            labels=self._labels,
        )
        for labels, monitors in self._groups:
            offsets_us = [it for it in (m.condition.clock_offset_us for m in monitors) if it is not None]
            if offsets_us:
                family.add_metric(labels, max(offsets_us, key=abs) / 1e6)
        return family


def _totals(monitors: Iterable[CameraMonitor]) -> FrameTotals:
    return sum((monitor.totals() for monitor in monitors), FrameTotals())
