import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry

from ommatid_jobs.delivery import Snapshot
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.snapshot_workers import MakeSnapshot, SnapshotWorkers
from ommatid_schemas import Alert
from tests.unit.jobs.delivery.sample_alert import ALERT


def workers(stop: threading.Event, make: MakeSnapshot, waiting: int = 4) -> SnapshotWorkers:
    @contextmanager
    def open_maker() -> Generator[MakeSnapshot]:
        yield make

    return SnapshotWorkers(open_maker, DeliveryMetrics(CollectorRegistry()), stop, threads=1, waiting=waiting)


def test_what_waits_is_made_before_a_stop_is_done() -> None:
    stop = threading.Event()
    making = workers(stop, lambda alert: Snapshot(f"file:///{alert.alert_id}.jpg"))
    pictures = [making.ask(ALERT) for _ in range(3)]
    stop.set()

    making.start()
    making.join(5.0)

    assert [it.value.url for it in pictures] == ["file:///4f1c.jpg"] * 3


def test_asking_never_waits_for_a_store_that_hangs() -> None:
    stop, hangs = threading.Event(), threading.Event()

    def make(alert: Alert) -> Snapshot:
        hangs.wait(10.0)
        return Snapshot()

    making = workers(stop, make, waiting=2)
    making.start()
    pictures = [making.ask(ALERT) for _ in range(5)]
    refused = [it for it in pictures if it.ready]
    hangs.set()
    stop.set()
    making.join(5.0)

    assert [it.value.error for it in refused[:2]] == ["too many pictures wait for the object store already"] * 2


@pytest.mark.parametrize(
    ("snapshot", "outcome"),
    [
        (Snapshot("file:///a.jpg"), "stored"),
        (Snapshot(error="expired"), "missing"),
        (Snapshot(error="people", withheld=True), "withheld"),
    ],
)
def test_pictures_are_counted_by_what_became_of_them(snapshot: Snapshot, outcome: str) -> None:
    registry = CollectorRegistry()

    DeliveryMetrics(registry).snapshot(snapshot)

    assert registry.get_sample_value("ommatid_delivery_snapshots_total", {"outcome": outcome}) == 1.0


def test_a_fault_ends_the_thread_and_is_seen() -> None:
    def make(alert: Alert) -> Snapshot:
        raise RuntimeError("fault")

    making = workers(threading.Event(), make)
    making.ask(ALERT)
    making.start()
    making.join(5.0)

    assert making.failure == "snapshots: RuntimeError"
