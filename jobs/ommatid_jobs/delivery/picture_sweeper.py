"""A thread that deletes pictures which have had their time, in small batches, beside all other work."""

import threading
from collections.abc import Callable, Iterator
from itertools import islice

import structlog

from ommatid_connectors.object_store import ObjectStore, ObjectStoreFailed
from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.picture_retention import PictureRetention
from ommatid_jobs.delivery.surroundings import Stop
from ommatid_schemas import OmmatidError

_log = structlog.get_logger(__name__)
_EVERY_S = 3600.0
_BATCH = 200
_PAUSE_S = 0.05


def expired_pictures(store: ObjectStore, region: str, retention: PictureRetention, now_us: int) -> Iterator[str]:
    """Keys of a region's pictures that have had their time.

    Raises:
        ObjectStoreFailed: The store could not be read.
    """
    for folder in store.folders(region):
        if retention.may_hold_expired(folder, now_us):
            objects = store.objects(f"{region}/{folder}")
            yield from (it.key for it in objects if retention.has_expired(it, now_us))


class PictureSweeper:
    """Deletes once at the start and then each hour. A store that fails is tried again the next time.

    Several instances may sweep one store: what another one has deleted is passed over.

    Args:
        expired: Keys to delete now.
        store: From which they are deleted.
        metrics: Counts.
        stop: Ends the thread between two batches.
        batch: Pictures that are deleted at once.
        every_s: From the end of one sweep to the next, seconds.
    """

    def __init__(
        self,
        expired: Callable[[], Iterator[str]],
        store: ObjectStore,
        metrics: DeliveryMetrics,
        stop: Stop,
        *,
        batch: int = _BATCH,
        every_s: float = _EVERY_S,
    ) -> None:
        self.failure: str | None = None
        self._expired = expired
        self._store = store
        self._metrics = metrics
        self._stop = stop
        self._batch = batch
        self._every_s = every_s
        self._thread = threading.Thread(target=self._run, name="picture-sweeper", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def join(self, deadline_s: float) -> None:
        """Wait until the batch in progress is deleted after a stop."""
        self._thread.join(deadline_s)

    def _run(self) -> None:
        try:
            self._sweep()
            while not self._stop.wait(self._every_s):
                self._sweep()
        # Outermost supervisor of the thread: the process sees the failure, ends, and is started again.
        except Exception as exc:  # noqa: BLE001
            _log.exception("picture sweeper failed")
            self.failure = f"picture sweeper: {exc if isinstance(exc, OmmatidError) else type(exc).__name__}"

    def _sweep(self) -> None:
        deleted, keys = 0, self._expired()
        try:
            while batch := list(islice(keys, self._batch)):
                self._store.delete(batch)
                self._metrics.pictures_deleted(len(batch))
                deleted += len(batch)
                if self._stop.wait(_PAUSE_S):
                    break
        except ObjectStoreFailed as exc:
            _log.warning("pictures not deleted yet", reason=str(exc))
        _log.info("pictures deleted", pictures=deleted)
