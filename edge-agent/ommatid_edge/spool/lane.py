"""One camera's frames in the spool, first in first out."""

from collections import OrderedDict
from dataclasses import dataclass, field

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.spool.entry import Entry

_HOLD = FullJitter(base_s=0.5, cap_s=30.0)
"""Its bounds are taken whole: there is one producer, so nobody to spread from."""


@dataclass(slots=True)
class Lane:
    """Frames of one camera, oldest first.

    Attributes:
        camera_id: The camera.
        waiting: Frames to send, by row.
        under_way: Frames that were handed over and are not settled.
        returned: Frames that came back while others are still under way; they wait for those, so that all that
            came back go again in their order.
        backlogged: Whether a frame once had to wait and the lane was not empty since.
        failures: Rounds in a row that ended with frames coming back.
        held_until_s: Monotonic time before which nothing is sent again.
    """

    camera_id: str
    waiting: OrderedDict[int, Entry] = field(default_factory=OrderedDict[int, Entry])
    under_way: dict[int, Entry] = field(default_factory=dict[int, Entry])
    returned: list[Entry] = field(default_factory=list[Entry])
    backlogged: bool = False
    failures: int = 0
    held_until_s: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether the camera has no frame in the spool."""
        return not (self.waiting or self.under_way or self.returned)

    @property
    def blocked(self) -> bool:
        """Whether what is under way must be settled before more is sent.

        Some of it came back; or it is the one frame that tries, after a failure, whether the way is free again: a
        topic that is missing must not fill up what all cameras share.
        """
        return bool(self.under_way) and (bool(self.returned) or self.failures > 0)

    def head(self) -> Entry:
        """The frame that goes next; there must be one."""
        return next(iter(self.waiting.values()))

    def put_in_front(self, entries: list[Entry]) -> None:
        """Let frames wait again before all others; ``entries`` in any order, all older than those that wait."""
        for entry in sorted(entries, key=lambda it: it.row_id, reverse=True):
            self.waiting[entry.row_id] = entry
            self.waiting.move_to_end(entry.row_id, last=False)

    def came_back(self, entry: Entry, at_s: float) -> None:
        """A frame that was under way was not taken for now."""
        del self.under_way[entry.row_id]
        if not self.returned:
            self.failures += 1
        self.returned.append(entry)
        self.backlogged = True
        self.held_until_s = at_s + _HOLD.bound_s(self.failures)

    def regroup(self) -> list[Entry]:
        """Once nothing is under way: let what came back wait again; returns it."""
        if self.under_way:
            return []
        regrouped, self.returned = self.returned, []
        self.put_in_front(regrouped)
        return regrouped
