"""Prometheus metrics of the way from the spool to the brokers, read at the moment of the scrape."""

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ommatid_edge.delivery_watch import Progress
from ommatid_schemas.events import Reason


class Deliveries(Protocol):
    """Who delivers."""

    def progress(self) -> Progress:
        """What has become of everything so far, and what waits."""
        ...

    @property
    def faults(self) -> int:
        """Unexpected faults so far."""
        ...


class DeliveryMetrics(Collector):
    """What waits on disk, what had to go, and what came back from the brokers.

    Args:
        deliveries: Who delivers.
    """

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def collect(self) -> Iterator[Metric]:
        """One metric family each."""
        progress = self._deliveries.progress()
        yield from (
            GaugeMetricFamily("ommatid_edge_spool_bytes", "Bytes of frames on disk.", value=progress.backlog_bytes),
            GaugeMetricFamily(
                "ommatid_edge_spool_frames",
                "Frames on disk that wait for their acknowledgement.",
                value=progress.backlog_frames,
            ),
            GaugeMetricFamily(
                "ommatid_edge_spool_oldest_age_seconds",
                "How long the oldest of them waits.",
                value=progress.oldest_age_s,
            ),
            CounterMetricFamily(
                "ommatid_edge_records_returned",
                "Times that a record came back from the Kafka client, to be sent again.",
                value=progress.returned,
            ),
            CounterMetricFamily(
                "ommatid_edge_delivery_faults", "Unexpected faults of delivery.", value=self._deliveries.faults
            ),
        )
        yield _evicted(progress)


def _evicted(progress: Progress) -> Metric:
    family = CounterMetricFamily(
        "ommatid_edge_spool_evicted",
        "Frames that gave way in a full spool, by why they had been chosen.",
        labels=["reason"],
    )
    for reason in Reason:
        family.add_metric([str(reason)], progress.evicted.get(reason, 0))
    return family
