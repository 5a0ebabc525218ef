"""Which frame goes first when the spool is full. Pure: explicit state, no clock."""

from collections import OrderedDict
from collections.abc import Iterable

from ommatid_edge.spool.entry import Entry
from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority

_LOWEST_FIRST = tuple(reversed(Priority))
_Worth = tuple[Reason, Priority]


def eviction_key(entry: Entry) -> tuple[int, int, int]:
    """Sorts frames from the first to go to the last.

    By value (shadow, baseline, motion, scene change, event), within one value by the camera's
    priority (lowest first), then by age (oldest first).
    """
    return _RANKS[entry.reason], _LOWEST_FIRST.index(entry.priority), entry.row_id


class EvictionOrder:
    """The frames that may be evicted, least valuable first; every change costs constant time."""

    def __init__(self) -> None:
        self._shelves: dict[_Worth, OrderedDict[int, Entry]] = {
            (reason, priority): OrderedDict() for reason in Reason for priority in _LOWEST_FIRST
        }

    def add(self, entry: Entry) -> None:
        """Take in a frame that is newer than all others."""
        self._shelf(entry)[entry.row_id] = entry

    def restore(self, entries: Iterable[Entry]) -> None:
        """Take frames in again that are older than some of the others."""
        touched: dict[_Worth, OrderedDict[int, Entry]] = {}
        for entry in entries:
            touched[entry.reason, entry.priority] = self._shelf(entry)
            self._shelf(entry)[entry.row_id] = entry
        for shelf in touched.values():
            for row_id in sorted(shelf):
                shelf.move_to_end(row_id)

    def discard(self, entry: Entry) -> None:
        """Forget a frame, which need not be there."""
        self._shelf(entry).pop(entry.row_id, None)

    def __contains__(self, entry: Entry) -> bool:
        """Whether a frame may be evicted."""
        return entry.row_id in self._shelf(entry)

    def least(self) -> Entry | None:
        """The frame that goes next; None when there is none."""
        for shelf in self._shelves.values():
            if shelf:
                return next(iter(shelf.values()))
        return None

    def _shelf(self, entry: Entry) -> OrderedDict[int, Entry]:
        return self._shelves[entry.reason, entry.priority]


_RANKS = {reason: rank for rank, reason in enumerate(Reason)}
