import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry

from ommatid_connectors.object_store import FolderStore, ObjectStoreFailed
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.picture_retention import PictureRetention, picture_key
from ommatid_jobs.delivery.picture_sweeper import PictureSweeper, expired_pictures

DAY_US = 86_400_000_000
NOW_US = 20_000 * DAY_US
WEEK = PictureRetention(7 * 86_400.0)


def stored(store: FolderStore, days_ago: int, name: str = "a.jpg", region: str = "eu-west") -> str:
    key = picture_key(region, "lobby-1", name, NOW_US - days_ago * DAY_US)
    store.put(key, b"jpeg", "image/jpeg")
    return key


class CountedStore(FolderStore):
    """A folder that remembers how much was deleted at once, fails as often as told, and says when it did."""

    def __init__(self, folder: Path, failures: int = 0) -> None:
        super().__init__(folder)
        self.batches: list[int] = []
        self.deleted = threading.Semaphore(0)
        self._failures = failures

    def delete(self, keys: Sequence[str]) -> None:
        if self._failures:
            self._failures -= 1
            raise ObjectStoreFailed("the folder: expected to delete, found none")
        super().delete(keys)
        self.batches.append(len(keys))
        self.deleted.release()


def sweep(store: CountedStore, expired: Iterator[str], every_s: float = 60.0) -> tuple[PictureSweeper, float | None]:
    """Sweep until something is deleted, then stop."""
    stop, registry = threading.Event(), CollectorRegistry()
    sweeper = PictureSweeper(lambda: expired, store, DeliveryMetrics(registry), stop, batch=2, every_s=every_s)
    sweeper.start()
    assert store.deleted.acquire(timeout=5.0)
    stop.set()
    sweeper.join(5.0)
    return sweeper, registry.get_sample_value("ommatid_delivery_pictures_deleted_total")


def test_only_the_days_of_a_region_that_have_had_their_time_are_named(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    old = stored(store, days_ago=9)
    stored(store, days_ago=2)
    stored(store, days_ago=9, region="us-east")

    assert list(expired_pictures(store, "eu-west", WEEK, NOW_US)) == [old]


def test_a_store_without_pictures_has_none_to_delete(tmp_path: Path) -> None:
    assert not list(expired_pictures(FolderStore(tmp_path / "none"), "eu-west", WEEK, NOW_US))


def test_pictures_are_deleted_in_batches_with_their_folders(tmp_path: Path) -> None:
    store, stop = CountedStore(tmp_path), threading.Event()
    for number in range(3):
        stored(store, days_ago=9, name=f"{number}.jpg")
    sweeper = PictureSweeper(
        lambda: expired_pictures(store, "eu-west", WEEK, NOW_US),
        store,
        DeliveryMetrics(CollectorRegistry()),
        stop,
        batch=2,
    )
    sweeper.start()
    assert all(store.deleted.acquire(timeout=5.0) for _ in range(2))
    stop.set()
    sweeper.join(5.0)

    assert store.batches == [2, 1]
    assert not list(tmp_path.iterdir())


def test_a_stop_ends_a_sweep_after_the_batch_in_progress(tmp_path: Path) -> None:
    store = CountedStore(tmp_path)
    sweeper, counted = sweep(store, (f"eu-west/{number}.jpg" for number in range(1000)))

    assert sweeper.failure is None
    assert counted is not None
    assert counted < 1000


def test_a_store_that_fails_is_tried_again(tmp_path: Path) -> None:
    sweeper, _ = sweep(CountedStore(tmp_path, failures=2), (f"eu-west/{number}.jpg" for number in range(6)), 0.001)

    assert sweeper.failure is None


def test_a_fault_ends_the_thread_and_is_seen(tmp_path: Path) -> None:
    def broken() -> Iterator[str]:
        raise RuntimeError("fault")

    sweeper = PictureSweeper(
        broken, FolderStore(tmp_path), DeliveryMetrics(CollectorRegistry()), threading.Event(), every_s=0.001
    )
    sweeper.start()
    sweeper.join(5.0)

    assert sweeper.failure == "picture sweeper: RuntimeError"
