"""Whatever happens to the spool, each frame ends once, in order, and within the bounds."""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.spool import FrameSpool, InMemoryStore, SpooledFrame, SpoolLimits
from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority
from tests.unit.edge_agent.spool.frames import NOON_US, TO, chosen

PAGE = 4096
LIMITS = SpoolLimits(disk_bytes=20 * PAGE, memory_bytes=6 * PAGE, under_way_bytes=5 * PAGE, drain_bytes=3 * PAGE)


def open_spool(store: InMemoryStore) -> FrameSpool:
    spool = FrameSpool(store, LIMITS)
    spool.restore(0.0)
    return spool


@dataclass
class World:
    """A spool, the disk below it, the broker behind it, and what became of each frame."""

    store: InMemoryStore = field(default_factory=InMemoryStore)
    at_s: float = 0.0
    accepted: int = 0
    sent: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    captured: dict[int, tuple[str, int]] = field(default_factory=dict[int, tuple[str, int]])
    under_way: list[SpooledFrame] = field(default_factory=list[SpooledFrame])
    arrived: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        self.spool = open_spool(self.store)

    def add(self, camera_id: str, reason: Reason, pages: int) -> None:
        frame = chosen(camera_id, self.accepted, reason, pages * PAGE - 256)
        to = replace(TO, priority=Priority.SAFETY if camera_id == "a" else Priority.INSIGHT)
        self.captured[self.spool.add(to, frame, NOON_US)] = (camera_id, self.accepted)
        self.accepted += 1

    def commit(self) -> None:
        for gone in self.spool.commit(self.at_s):
            self._end(self.captured[gone.entry.row_id], "given up")

    def take(self) -> None:
        if (frame := self.spool.take(self.at_s)) is not None:
            self.under_way.append(frame)
            if frame.frame.captured_at_us not in self.sent[frame.frame.camera_id]:
                self.sent[frame.frame.camera_id].append(frame.frame.captured_at_us)

    def acknowledge(self) -> None:
        for frame in self.under_way:
            self.spool.acknowledged(frame.row_id, 0.1, self.at_s)
            self.arrived.add(frame.frame.captured_at_us)
            self._end(self.captured[frame.row_id], "published")
        self.under_way.clear()

    def bring_back(self) -> None:
        """The producer is replaced."""
        for frame in self.under_way:
            self.spool.returned(frame.row_id, self.at_s)
        self._lose_under_way()

    def kill(self) -> None:
        """SIGKILL: what was not committed is gone; what was under way may or may not have arrived."""
        for row_id, key in self.captured.items():
            readable = row_id in self.store.frames and not self.store.damaged
            if not readable and key not in self.ended:
                self._end(key, "not on disk")
        self._lose_under_way()
        # Deletes that were not written yet: the frames come again, as duplicates of those that ended.
        self.spool = open_spool(self.store)
        for row_id in self.store.frames:
            self.ended.pop(self.captured[row_id], None)

    def _lose_under_way(self) -> None:
        for frame in self.under_way:
            if (
                frame.frame.captured_at_us not in self.arrived
                and frame.frame.captured_at_us in self.sent[frame.frame.camera_id]
            ):
                self.sent[frame.frame.camera_id].remove(frame.frame.captured_at_us)
        self.under_way.clear()

    def _end(self, key: tuple[str, int], how: str) -> None:
        assert key not in self.ended
        self.ended[key] = how


adds = st.tuples(st.just("add"), st.tuples(st.sampled_from("ab"), st.sampled_from(Reason), st.integers(1, 3)))
others = st.sampled_from(["commit", "take", "acknowledge", "bring_back", "kill", "fill", "refuse", "free", "damage"])


@given(st.lists(adds | st.tuples(others, st.just(())), max_size=80))
def test_every_frame_ends_exactly_once_in_order_and_within_the_bounds(steps: list[tuple[str, tuple[str, Reason, int]]]):
    world = World()
    for name, arguments in steps:
        world.at_s += 0.35
        match name:
            case "add":
                world.add(*arguments)
            case "fill":
                world.store.most_bytes = 8 * PAGE
            case "refuse":
                world.store.refuses_everything = True
            case "damage":
                world.store.damaged = True
            case "free":
                world.store.most_bytes, world.store.refuses_everything = None, False
            case _:
                getattr(world, name)()
        if name == "commit":
            assert world.spool.total_bytes <= LIMITS.disk_bytes + LIMITS.memory_bytes
        assert all(sent == sorted(sent) for sent in world.sent.values())
    world.store.most_bytes, world.store.refuses_everything = None, False
    while len(world.spool):
        world.at_s += 40.0
        world.commit()
        world.take()
        world.acknowledge()
    world.commit()

    assert len(world.ended) == world.accepted
    assert all(sent == sorted(sent) for sent in world.sent.values())
