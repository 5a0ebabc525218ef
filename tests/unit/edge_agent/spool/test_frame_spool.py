from pathlib import Path

from structlog.testing import capture_logs

from ommatid_edge.frame_selection import DropReason
from ommatid_edge.spool import FrameSpool, InMemoryStore, SpoolLimits, SqliteStore
from ommatid_schemas.events import Reason
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
