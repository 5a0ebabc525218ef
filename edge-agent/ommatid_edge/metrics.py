"""Prometheus metrics of cameras and delivery, read at the moment of the scrape."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.frame_counters import FrameTotals
from ommatid_edge.roster import Roster
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


Cameras = Mapping[tuple[str, ...], Sequence[CameraMonitor]]
"""Cameras by the values of the labels that their series carry."""


class CameraMetrics(Collector):
    """Frames, connections, clocks and gears of an agent's cameras.

    Args:
        roster: The cameras.
        per_camera: Whether each camera has series of its own (label ``camera_id``); without it the
            number of series does not depend on the number of cameras.
    """

    def __init__(self, roster: Roster, *, per_camera: bool) -> None:
        self._roster = roster
        self._labels = ["camera_id"] if per_camera else []

    def collect(self) -> Iterator[Metric]:
        """One metric family each, all cameras in it."""
        known, listed = self._by_labels(self._roster.known), self._by_labels(self._roster.listed)
        totals = {labels: _totals(monitors) for labels, monitors in known.items()}
        yield self._frames(totals)
        yield self._pending(totals)
        yield from self._counts(known)
        yield from self._connections(listed)
        yield from self._clocks(listed)
        yield from self._gears(listed)

    def _by_labels(self, monitors: Sequence[CameraMonitor]) -> Cameras:
        return {(monitor.camera_id,): [monitor] for monitor in monitors} if self._labels else {(): monitors}

    def _frames(self, by_labels: Mapping[tuple[str, ...], FrameTotals]) -> Metric:
        family = CounterMetricFamily(
            "ommatid_edge_frames",
            "Frames by what became of them; captured + recovered = published + dropped + pending.",
            labels=[*self._labels, "result", "reason"],
        )
        for labels, totals in by_labels.items():
            family.add_metric([*labels, "captured", ""], totals.captured)
            family.add_metric([*labels, "recovered", ""], totals.recovered)
            for reason, count in totals.published.items():
                family.add_metric([*labels, "published", str(reason)], count)
            for reason, count in totals.dropped.items():
                family.add_metric([*labels, "dropped", str(reason)], count)
        return family

    def _pending(self, by_labels: Mapping[tuple[str, ...], FrameTotals]) -> Metric:
        family = self._gauge("ommatid_edge_frames_pending", "Frames neither acknowledged nor given up yet.")
        for labels, totals in by_labels.items():
            family.add_metric(labels, totals.pending)
        return family

    def _counts(self, cameras: Cameras) -> Iterator[Metric]:
        counted: tuple[tuple[str, str, Callable[[CameraMonitor], int]], ...] = (
            ("reconnects", "Connections opened after the first.", lambda it: it.condition.reconnects),
            ("faults", "Unexpected faults of the agent.", lambda it: it.condition.faults),
            ("clock_jumps", "Sudden changes of cameras' clocks.", lambda it: it.condition.clock_jumps),
        )
        for name, text, count in counted:
            family = CounterMetricFamily(f"ommatid_edge_{name}", text, labels=self._labels)
            for labels, monitors in cameras.items():
                family.add_metric(labels, sum(count(monitor) for monitor in monitors))
            yield family

    def _connections(self, cameras: Cameras) -> Iterator[Metric]:
        states = self._gauge("ommatid_edge_camera_state", "Cameras in each state.", "state")
        connections = self._gauge("ommatid_edge_stream_connections", "Connections that give frames now.")
        for labels, monitors in cameras.items():
            counts = Counter(monitor.condition.state for monitor in monitors)
            for state in CameraState:
                states.add_metric([*labels, str(state)], counts[state])
            connections.add_metric(labels, counts[CameraState.STREAMING])
        yield from (states, connections)

    def _clocks(self, cameras: Cameras) -> Iterator[Metric]:
        offset = self._gauge(
            "ommatid_edge_clock_offset_seconds",
            "Camera clock minus arrival; without a camera_id the largest by amount.",
        )
        drift = self._gauge(
            "ommatid_edge_clock_drift_ppm",
            "Drift of the camera clock, microseconds per second; without a camera_id the largest by amount.",
        )
        for labels, monitors in cameras.items():
            conditions = [monitor.condition for monitor in monitors]
            _add_largest(offset, labels, (it.clock_offset_us for it in conditions), 1e6)
            _add_largest(drift, labels, (it.clock_drift_ppm for it in conditions), 1.0)
        yield from (offset, drift)

    def _gears(self, cameras: Cameras) -> Iterator[Metric]:
        gears = self._gauge("ommatid_edge_gear", "Cameras by how much of their stream is decoded.", "gear")
        distance = self._gauge(
            "ommatid_edge_key_frame_distance_seconds",
            "Time between two key frames; without a camera_id the largest.",
        )
        for labels, monitors in cameras.items():
            conditions = [monitor.condition for monitor in monitors]
            for gear, count in Counter(it.gear for it in conditions if it.gear).items():
                gears.add_metric([*labels, gear], count)
            _add_largest(distance, labels, (it.key_frame_distance_us for it in conditions), 1e6)
        yield from (gears, distance)

    def _gauge(self, name: str, text: str, *labels: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(name, text, labels=[*self._labels, *labels])


def _add_largest(
    family: GaugeMetricFamily, labels: Sequence[str], values: Iterable[float | None], per_unit: float
) -> None:
    known = [value for value in values if value is not None]
    if known:
        family.add_metric(labels, max(known, key=abs) / per_unit)


def _totals(monitors: Iterable[CameraMonitor]) -> FrameTotals:
    return sum((monitor.totals() for monitor in monitors), FrameTotals())
