"""Which camera's frame goes next. Pure: explicit state, time passed in."""

from collections import OrderedDict
from dataclasses import dataclass

from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.lane import Lane
from ommatid_schemas.priority import Priority

_HIGHEST_FIRST = tuple(Priority)


@dataclass(frozen=True, slots=True)
class DrainLimits:
    """Bounds of what is under way.

    Attributes:
        under_way_bytes: Frames handed over and not acknowledged, live ones and backlog together.
        guaranteed_share: For each byte of a backlog that is sent, bytes that each lower priority may send in turn.
    """

    under_way_bytes: int
    guaranteed_share: float = 0.1


class DrainOrder:
    """Orders the frames of all cameras.

    - Frames of one camera go first in first out, so a live frame goes behind its own backlog.
    - A camera without a backlog goes before every backlog, and is not counted against the drain window.
    - Backlogs go by priority, cameras of one priority in turn; lower priorities keep a guaranteed share.
    - One live and one older frame may always be under way, however large they are and however busy the rest is.

    Args:
        limits: Bounds.
    """

    def __init__(self, limits: DrainLimits) -> None:
        self._limits = limits
        self._lanes: dict[str, Lane] = {}
        self._live: OrderedDict[str, Lane] = OrderedDict()
        self._rings: dict[Priority, OrderedDict[str, Lane]] = {priority: OrderedDict() for priority in _HIGHEST_FIRST}
        self._held: dict[str, Lane] = {}
        self._credit_bytes = dict.fromkeys(_HIGHEST_FIRST, 0.0)
        self._draining: set[int] = set()
        self._under_way_bytes = 0
        self._draining_bytes = 0

    @property
    def under_way_bytes(self) -> int:
        """Bytes of the frames that are under way."""
        return self._under_way_bytes

    def add(self, entry: Entry, *, backlog: bool = False) -> None:
        """Take in a frame that is newer than all others of its camera; ``backlog`` marks one of an earlier run."""
        lane = self._lanes.setdefault(entry.camera_id, Lane(entry.camera_id))
        lane.backlogged = lane.backlogged or backlog
        lane.waiting[entry.row_id] = entry
        if len(lane.waiting) == 1:
            self._place(lane)

    def take(self, window_bytes: int, at_s: float) -> Entry | None:
        """The frame that goes next, which is under way from now on; None when none may go now.

        Args:
            window_bytes: Bytes of backlogs that may be under way.
            at_s: Monotonic time, seconds.
        """
        self._release(at_s)
        return self._take_live() or self._take_backlog(window_bytes)

    def put_back(self, entry: Entry) -> None:
        """A frame that was just taken could not be handed over; it stays the next of its camera."""
        lane = self._leave_under_way(entry)
        del lane.under_way[entry.row_id]
        lane.backlogged = True
        lane.put_in_front([entry])
        self._place(lane)

    def settle(self, entry: Entry) -> list[Entry]:
        """A frame that was under way is done with, whatever became of it.

        Returns:
            Frames that wait again, because they came back earlier and waited for this one.
        """
        lane = self._leave_under_way(entry)
        del lane.under_way[entry.row_id]
        tried = lane.failures > 0 and not lane.returned
        if tried:
            lane.failures = 0
        regrouped = lane.regroup()
        if tried or regrouped or lane.empty:
            self._place(lane)
        return regrouped

    def hold(self, entry: Entry, at_s: float) -> list[Entry]:
        """A frame that was under way came back; its camera pauses, longer each time.

        Returns:
            Frames that wait again, this one among them, as soon as none of the camera is under way.
        """
        lane = self._leave_under_way(entry)
        lane.came_back(entry, at_s)
        regrouped = lane.regroup()
        self._place(lane)
        return regrouped

    def remove(self, entry: Entry) -> None:
        """Forget a frame that waits."""
        lane = self._lanes[entry.camera_id]
        was_head = lane.head() is entry
        del lane.waiting[entry.row_id]
        if was_head:
            self._place(lane)

    def _take_live(self) -> Entry | None:
        if not self._live:
            return None
        lane = min(self._live.values(), key=_live_key)
        if not self._fits(lane.head()):
            self._join_backlog()
            return None
        return self._send(lane)

    def _take_backlog(self, window_bytes: int) -> Entry | None:
        priority = self._choose_priority()
        if priority is None:
            return None
        lane = next(iter(self._rings[priority].values()))
        entry = lane.head()
        in_window = self._fits(entry) and self._draining_bytes + entry.size_bytes <= window_bytes
        if self._draining and not in_window:
            return None
        self._pay(priority, entry.size_bytes)
        self._draining.add(entry.row_id)
        self._draining_bytes += entry.size_bytes
        return self._send(lane)

    def _fits(self, entry: Entry) -> bool:
        total_bytes = self._under_way_bytes + entry.size_bytes
        return self._under_way_bytes == 0 or total_bytes <= self._limits.under_way_bytes

    def _join_backlog(self) -> None:
        for lane in list(self._live.values()):
            lane.backlogged = True
            self._place(lane)

    def _choose_priority(self) -> Priority | None:
        ready = [priority for priority in _HIGHEST_FIRST if self._rings[priority]]
        for priority in reversed(ready[1:]):
            lane = next(iter(self._rings[priority].values()))
            if self._credit_bytes[priority] >= lane.head().size_bytes:
                return priority
        return ready[0] if ready else None

    def _pay(self, sender: Priority, size_bytes: int) -> None:
        for priority in _HIGHEST_FIRST:
            if not self._rings[priority]:
                self._credit_bytes[priority] = 0.0
            elif priority is sender:
                self._credit_bytes[priority] = max(0.0, self._credit_bytes[priority] - size_bytes)
            else:
                self._credit_bytes[priority] += size_bytes * self._limits.guaranteed_share

    def _send(self, lane: Lane) -> Entry:
        _, entry = lane.waiting.popitem(last=False)
        lane.under_way[entry.row_id] = entry
        self._under_way_bytes += entry.size_bytes
        self._place(lane)
        return entry

    def _leave_under_way(self, entry: Entry) -> Lane:
        self._under_way_bytes -= entry.size_bytes
        if entry.row_id in self._draining:
            self._draining.remove(entry.row_id)
            self._draining_bytes -= entry.size_bytes
        return self._lanes[entry.camera_id]

    def _release(self, at_s: float) -> None:
        due = [lane for lane in self._held.values() if lane.held_until_s <= at_s]
        for lane in due:
            lane.held_until_s = 0.0
            self._place(lane)

    def _place(self, lane: Lane) -> None:
        """Put a lane where it belongs, at the end of its ring."""
        name = lane.camera_id
        for place in (self._live, self._held, *self._rings.values()):
            place.pop(name, None)
        if lane.blocked:
            return
        if not lane.waiting:
            lane.backlogged = False
            if lane.empty:
                del self._lanes[name]
        elif lane.held_until_s:
            self._held[name] = lane
        elif lane.backlogged:
            self._rings[lane.head().priority][name] = lane
        else:
            self._live[name] = lane


def _live_key(lane: Lane) -> tuple[int, int]:
    head = lane.head()
    return _HIGHEST_FIRST.index(head.priority), head.row_id
