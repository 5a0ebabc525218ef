from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ommatid_edge.frame_selection import DropReason
from ommatid_edge.spool import FrameSpool, InMemoryStore, SpooledFrame, SpoolLimits, SqliteStore
from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority
from tests.unit.edge_agent.spool.frames import NOON_US, TO, chosen

PAGE = 4096
LIMITS = SpoolLimits(
    disk_bytes=20 * PAGE, memory_bytes=6 * PAGE, under_way_bytes=5 * PAGE, drain_bytes=3 * PAGE, drain_latency_s=0.5
)


def open_spool(store: InMemoryStore, limits: SpoolLimits = LIMITS) -> FrameSpool:
    spool = FrameSpool(store, limits)
    spool.restore(0.0)
    return spool


def add(spool: FrameSpool, count: int, reason: Reason = Reason.MOTION, camera_id: str = "a", first: int = 0) -> None:
    for number in range(first, first + count):
        spool.add(TO, chosen(camera_id, number, reason), NOON_US + number)


def sequences(spool: FrameSpool) -> list[int]:
    """Sequences of everything, each acknowledged before the next."""
    found: list[int] = []
    while (frame := spool.take(100.0)) is not None:
        spool.acknowledged(frame.row_id, 0.01, 100.0)
        found.append(frame.sequence)
    return found


def test_a_frame_is_on_disk_before_it_can_be_taken():
    store = InMemoryStore()
    spool = open_spool(store)
    add(spool, 1)
    spool.commit(0.0)

    taken = spool.take(0.0)

    assert taken is not None
    assert store.frames == {taken.row_id: taken}


def test_acknowledged_frames_leave_the_disk_with_the_next_group_or_soon():
    store = InMemoryStore()
    spool = open_spool(store)
    add(spool, 2)
    spool.commit(0.0)
    sequences(spool)

    spool.commit(1.0)
    kept_for_now = len(store.frames)
    spool.commit(1.3)

    assert (kept_for_now, len(store.frames)) == (2, 0)


def test_a_restart_goes_on_where_the_last_run_stopped():
    store = InMemoryStore()
    before = open_spool(store)
    add(before, 3)
    before.commit(0.0)
    for _ in range(2):
        frame = before.take(0.0)
        assert frame is not None
    before.acknowledged(1, 0.1, 0.0)
    before.commit(1.0, all_deletes=True)

    after = open_spool(store)
    add(after, 1, first=3)
    after.commit(0.0)

    assert sequences(after) == [1, 2, 3]


def test_the_sequence_continues_even_if_nothing_was_left():
    store = InMemoryStore()
    before = open_spool(store)
    add(before, 3)
    before.commit(0.0)
    sequences(before)
    before.commit(1.0, all_deletes=True)

    after = open_spool(store)
    add(after, 1)
    after.commit(0.0)

    assert sequences(after) == [3]


def test_a_full_spool_evicts_the_least_valuable_even_if_that_is_the_newest():
    spool = open_spool(InMemoryStore())
    add(spool, 18)
    add(spool, 2, Reason.EVENT, "b")
    assert spool.commit(0.0) == []

    add(spool, 1, Reason.EVENT, "b", first=2)
    add(spool, 1, Reason.BASELINE, "c")
    gone = spool.commit(0.1)

    assert [(it.entry.camera_id, it.entry.reason, it.reason) for it in gone] == [
        ("c", Reason.BASELINE, DropReason.EVICTED),
        ("a", Reason.MOTION, DropReason.EVICTED),
    ]


def test_a_full_disk_is_mentioned_once_and_so_is_its_recovery():
    store = InMemoryStore()
    store.most_bytes = 10 * PAGE
    spool = open_spool(store)
    evicted = 0
    with capture_logs() as logs:
        for number in range(30):
            add(spool, 1, first=number)
            evicted += len(spool.commit(number / 10))
        store.most_bytes = None
        for number in range(30, 45):
            add(spool, 1, first=number)
            evicted += len(spool.commit(40.0 + number))

    assert [line["event"] for line in logs] == ["spool is full", "spool has room again"]
    assert "the least valuable frames go first, cameras go on" in logs[0]["reason"]
    assert evicted + len(spool) == 45
    assert len(store.frames) == 20


def test_while_the_disk_refuses_everything_frames_pass_through_memory_in_order():
    store = InMemoryStore()
    store.refuses_everything = True
    spool = open_spool(store)
    add(spool, 3)
    spool.commit(0.0)
    first = spool.take(0.0)
    add(spool, 7, first=3)
    gone = spool.commit(0.1)
    store.refuses_everything = False
    spool.commit(5.2)
    assert first is not None
    spool.acknowledged(first.row_id, 0.1, 5.2)

    assert [it.entry.row_id for it in gone] == [2, 3, 4, 5]
    assert first.sequence == 0
    assert len(store.frames) == 6
    assert sequences(spool) == [5, 6, 7, 8, 9]


def test_a_damaged_file_costs_what_lay_in_it_and_nothing_else():
    store = InMemoryStore()
    spool = open_spool(store)
    add(spool, 3)
    spool.commit(0.0)
    under_way = spool.take(0.0)
    add(spool, 1, first=3)
    spool.commit(0.1)
    store.damaged = True

    with capture_logs() as logs:
        add(spool, 1, first=4)
        gone = spool.commit(0.2)
    spool.commit(0.3)
    assert under_way is not None
    spool.acknowledged(under_way.row_id, 0.1, 0.3)

    assert [(it.entry.row_id, it.reason) for it in gone] == [
        (2, DropReason.SPOOL_DAMAGED),
        (3, DropReason.SPOOL_DAMAGED),
    ]
    assert [line["event"] for line in logs] == ["spool set aside"]
    assert sequences(spool) == [3, 4]


def test_a_frame_that_comes_back_after_its_file_was_damaged_is_given_up():
    store = InMemoryStore()
    spool = open_spool(store)
    add(spool, 1)
    spool.commit(0.0)
    under_way = spool.take(0.0)
    assert under_way is not None
    store.damaged = True
    add(spool, 1, first=1)
    spool.commit(0.1)

    spool.returned(under_way.row_id, 0.2)

    assert sequences(spool) == [1]
    assert [it.reason for it in spool.commit(9.0)] == [DropReason.SPOOL_DAMAGED]


def test_a_damaged_file_of_an_earlier_run_is_set_aside_at_the_start(tmp_path: Path):
    (tmp_path / "spool.sqlite").write_bytes(b"?" * 10_000)
    spool = FrameSpool(SqliteStore(tmp_path), LIMITS)

    with capture_logs() as logs:
        assert spool.restore(0.0) == ()
    add(spool, 1)
    spool.commit(0.0)

    assert [line["event"] for line in logs] == ["spool set aside"]
    assert sequences(spool) == [0]
    spool.close()


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
            if row_id not in self.store.frames and key not in self.ended:
                self._end(key, "never on disk")
        self._lose_under_way()
        # Deletes that were not written yet: the frames come again, as duplicates of those that ended.
        for row_id in self.store.frames:
            self.ended.pop(self.captured[row_id], None)
        self.spool = open_spool(self.store)

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
others = st.sampled_from(["commit", "take", "acknowledge", "bring_back", "kill", "fill", "refuse", "free"])


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


def test_a_transient_fault_of_the_store_is_not_swallowed():
    class Broken(InMemoryStore):
        def next_sequences(self) -> dict[str, int]:
            raise RuntimeError("unforeseen")

    with pytest.raises(RuntimeError, match="unforeseen"):
        open_spool(Broken())
