"""The picture of an alert while it is made: alerts do not wait for it longer than a bound."""

import threading
from collections.abc import Callable

from ommatid_jobs.delivery.payload import Snapshot


class PendingSnapshot:
    """A picture that may come yet; usable from several threads.

    Args:
        made: The picture, where it is known at once.
    """

    def __init__(self, made: Snapshot | None = None) -> None:
        self._made = made
        self._lock = threading.Lock()
        self._waiting: list[Callable[[], None]] = []

    @property
    def ready(self) -> bool:
        """Whether the picture is made, or known not to come."""
        return self._made is not None

    @property
    def value(self) -> Snapshot:
        """The picture; while it is not made, that it was not ready in time."""
        return self._made or Snapshot(error="the picture was not stored yet when this was sent")

    def on_made(self, call: Callable[[], None]) -> None:
        """Call once the picture is made, at once if it is already; from whatever thread made it."""
        with self._lock:
            if self._made is None:
                self._waiting.append(call)
                return
        call()

    def make(self, snapshot: Snapshot) -> None:
        """Set the picture."""
        with self._lock:
            self._made = snapshot
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
