from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from ommatid_edge.delivery_metrics import DeliveryMetrics
from ommatid_edge.delivery_watch import Progress
from ommatid_schemas.events import Reason


class Outage:
    """Deliveries in the middle of an outage."""

    faults = 1

    def progress(self) -> Progress:
        return Progress(7, 0, 3, "no leader", 4, 120, 1_500_000, 61.5, {Reason.BASELINE: 9})


def test_what_waits_on_disk_and_what_gave_way_is_shown():
    registry = CollectorRegistry()
    registry.register(DeliveryMetrics(Outage()))
    lines = generate_latest(registry).decode().splitlines()

    assert {
        "ommatid_edge_spool_bytes 1.5e+06",
        "ommatid_edge_spool_frames 120.0",
        "ommatid_edge_spool_oldest_age_seconds 61.5",
        "ommatid_edge_records_returned_total 4.0",
        "ommatid_edge_delivery_faults_total 1.0",
        'ommatid_edge_spool_evicted_total{reason="BASELINE"} 9.0',
        'ommatid_edge_spool_evicted_total{reason="EVENT"} 0.0',
    } <= set(lines)
