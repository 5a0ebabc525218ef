"""What waits for one endpoint: a lane per camera, so that order holds in each and a stuck alert delays no other camera.

Pure.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(slots=True)
class _Waiting(Generic[ItemT]):
    item: ItemT
    due_s: float
    number: int


class Lanes(Generic[ItemT]):
    """Items in order of arrival per camera; at most one of each camera is in work.

    Args:
        capacity: Items that may wait or be in work at once.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lanes: dict[str, deque[_Waiting[ItemT]]] = {}
        self._in_work: set[str] = set()
        self._count = self._arrived = 0

    def __len__(self) -> int:
        """Items that wait or are in work."""
        return self._count

    @property
    def in_work(self) -> int:
        """Items that were taken and neither finished nor deferred."""
        return len(self._in_work)

    def put(self, camera_id: str, item: ItemT, due_s: float = 0.0) -> bool:
        """Add an item, not to be taken before a time; False when there is no room."""
        if self._count >= self._capacity:
            return False
        self._lanes.setdefault(camera_id, deque()).append(_Waiting(item, due_s, self._arrived))
        self._count += 1
        self._arrived += 1
        return True

    def take(self, now_s: float) -> tuple[str, ItemT] | None:
        """Take the first item of the lane that has been due the longest into work; None when none is due.

        Of those that have been due equally long, the oldest is taken.
        """
        due = [(lane[0].due_s, lane[0].number, camera_id) for camera_id, lane in self._idle() if lane[0].due_s <= now_s]
        return self._begin(min(due)[2]) if due else None

    def take_any(self, wanted: Callable[[ItemT], bool]) -> tuple[str, ItemT] | None:
        """Take the first item of some lane into work that is wanted, due or not."""
        chosen = next((camera_id for camera_id, lane in self._idle() if wanted(lane[0].item)), None)
        return None if chosen is None else self._begin(chosen)

    def finish(self, camera_id: str) -> None:
        """The item in work is done; the next one of the camera may be taken."""
        self._in_work.discard(camera_id)
        self._lanes[camera_id].popleft()
        self._count -= 1
        if not self._lanes[camera_id]:
            del self._lanes[camera_id]

    def defer(self, camera_id: str, due_s: float) -> None:
        """The item in work is taken again later, before all others of its camera."""
        self._in_work.discard(camera_id)
        self._lanes[camera_id][0].due_s = due_s

    def release(self, wanted: Callable[[ItemT], bool]) -> None:
        """Make wanted items due at once."""
        for lane in self._lanes.values():
            for waiting in lane:
                waiting.due_s = 0.0 if wanted(waiting.item) else waiting.due_s

    def drop(self, unwanted: Callable[[ItemT], bool]) -> None:
        """Forget unwanted items that are not in work."""
        for camera_id, lane in list(self._lanes.items()):
            kept = deque(
                waiting
                for place, waiting in enumerate(lane)
                if (place == 0 and camera_id in self._in_work) or not unwanted(waiting.item)
            )
            self._count -= len(lane) - len(kept)
            self._lanes[camera_id] = kept
            if not kept:
                del self._lanes[camera_id]

    def _idle(self) -> Iterator[tuple[str, deque[_Waiting[ItemT]]]]:
        return ((camera_id, lane) for camera_id, lane in self._lanes.items() if camera_id not in self._in_work)

    def _begin(self, camera_id: str) -> tuple[str, ItemT]:
        self._in_work.add(camera_id)
        return camera_id, self._lanes[camera_id][0].item
