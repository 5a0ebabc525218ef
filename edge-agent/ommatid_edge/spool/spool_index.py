"""All frames in the spool, in the order they leave and in the order they are evicted. Pure."""

from collections import OrderedDict
from collections.abc import Sequence

from ommatid_edge.spool.drain_order import DrainLimits, DrainOrder
from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.eviction_order import EvictionOrder


class SpoolIndex:
    """Keeps every frame until it is settled or evicted; frames under way are never evicted.

    Args:
        limits: Bounds of what is under way.
    """

    def __init__(self, limits: DrainLimits) -> None:
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._drain = DrainOrder(limits)
        self._evictable = EvictionOrder()
        self._bytes = 0

    def __len__(self) -> int:
        """Frames in the spool."""
        return len(self._entries)

    def __contains__(self, row_id: int) -> bool:
        """Whether a frame is in the spool."""
        return row_id in self._entries

    @property
    def total_bytes(self) -> int:
        """Bytes of all frames in the spool."""
        return self._bytes

    def oldest(self) -> Entry | None:
        """The frame that was taken in first; None when there is none."""
        return next(iter(self._entries.values()), None)

    def entries(self) -> Sequence[Entry]:
        """All frames, oldest first."""
        return tuple(self._entries.values())

    def entry(self, row_id: int) -> Entry:
        """A frame in the spool."""
        return self._entries[row_id]

    def add(self, entry: Entry, *, backlog: bool = False) -> None:
        """Take in a frame that is newer than all others; ``backlog`` marks one of an earlier run."""
        self._entries[entry.row_id] = entry
        self._bytes += entry.size_bytes
        self._drain.add(entry, backlog=backlog)
        self._evictable.add(entry)

    def evict_to(self, capacity_bytes: int) -> list[Entry]:
        """Evict the least valuable frames until the others fit; returns them."""
        evicted: list[Entry] = []
        while self._bytes > capacity_bytes and (least := self._evictable.least()) is not None:
            self.evict(least)
            evicted.append(least)
        return evicted

    def evict(self, entry: Entry) -> None:
        """Evict one frame, which is not under way."""
        self._drain.remove(entry)
        self._forget(entry)

    def may_be_evicted(self, row_id: int) -> bool:
        """Whether a frame is in the spool and not under way."""
        entry = self._entries.get(row_id)
        return entry is not None and entry in self._evictable

    def take(self, window_bytes: int, at_s: float) -> Entry | None:
        """The frame that goes next; see :meth:`DrainOrder.take`."""
        entry = self._drain.take(window_bytes, at_s)
        if entry is not None:
            self._evictable.discard(entry)
        return entry

    def put_back(self, entry: Entry) -> None:
        """A frame that was just taken could not be handed over."""
        self._drain.put_back(entry)
        self._evictable.restore([entry])

    def settle(self, entry: Entry) -> None:
        """A frame that was under way is done with and leaves the spool."""
        self._wait_again(self._drain.settle(entry))
        self._forget(entry)

    def hold(self, entry: Entry, at_s: float) -> None:
        """A frame that was under way came back; it is sent again later, in its place."""
        self._wait_again(self._drain.hold(entry, at_s))

    def _wait_again(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._evictable.restore(entries)

    def _forget(self, entry: Entry) -> None:
        del self._entries[entry.row_id]
        self._bytes -= entry.size_bytes
        self._evictable.discard(entry)
