from collections import defaultdict
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.spool.drain_order import DrainLimits, DrainOrder
from ommatid_edge.spool.entry import Entry
from ommatid_schemas.events import Reason
from ommatid_schemas.priority import Priority
from tests.strategies import spool_entries

KB = 1024
LIMITS = DrainLimits(under_way_bytes=200 * KB)
NO_WINDOW = 10**9


def frame(row_id: int, camera_id: str, priority: Priority = Priority.SAFETY, size_bytes: int = 40 * KB) -> Entry:
    return Entry(row_id, camera_id, priority, Reason.MOTION, size_bytes, row_id)


def drained(order: DrainOrder, count: int = 10**6, window_bytes: int = NO_WINDOW, at_s: float = 0.0) -> list[Entry]:
    """Frames in the order they leave when each is acknowledged before the next is taken."""
    sent: list[Entry] = []
    while len(sent) < count and (entry := order.take(window_bytes, at_s)) is not None:
        order.settle(entry)
        sent.append(entry)
    return sent


def burst(order: DrainOrder, window_bytes: int = NO_WINDOW) -> list[Entry]:
    """Frames that may be under way together."""
    taken: list[Entry] = []
    while (entry := order.take(window_bytes, 0.0)) is not None:
        taken.append(entry)
    return taken


def test_a_live_frame_goes_behind_its_own_backlog():
    order = DrainOrder(LIMITS)
    order.add(frame(1, "a"), backlog=True)
    order.add(frame(2, "a"), backlog=True)
    order.add(frame(3, "a"))

    assert [it.row_id for it in drained(order)] == [1, 2, 3]


def test_a_camera_without_a_backlog_goes_before_every_backlog():
    order = DrainOrder(LIMITS)
    for row_id in range(10):
        order.add(frame(row_id, "a"), backlog=True)
    first = order.take(NO_WINDOW, 0.0)
    order.add(frame(10, "b", Priority.INSIGHT))

    assert first == frame(0, "a")
    assert order.take(NO_WINDOW, 0.0) == frame(10, "b", Priority.INSIGHT)


def test_a_full_drain_window_does_not_delay_a_camera_without_a_backlog():
    order = DrainOrder(LIMITS)
    for row_id in range(10):
        order.add(frame(row_id, "a"), backlog=True)
    under_way = burst(order, window_bytes=80 * KB)
    order.add(frame(10, "b"))

    assert [it.row_id for it in under_way] == [0, 1]
    assert [it.row_id for it in burst(order, window_bytes=80 * KB)] == [10]


def test_a_higher_priority_drains_first_and_lower_ones_keep_their_share():
    order = DrainOrder(LIMITS)
    for row_id in range(100):
        order.add(frame(row_id, "insight", Priority.INSIGHT), backlog=True)
        order.add(frame(100 + row_id, "safety", Priority.SAFETY), backlog=True)

    sent = [it.priority for it in drained(order, 44)]

    assert sent[0] is Priority.SAFETY
    assert sent.count(Priority.INSIGHT) == 4


def test_cameras_of_one_priority_drain_in_turn():
    order = DrainOrder(LIMITS)
    for row_id in range(6):
        order.add(frame(row_id, "a" if row_id < 4 else "b"), backlog=True)

    assert [it.row_id for it in drained(order)] == [0, 4, 1, 5, 2, 3]


def test_frames_that_came_back_go_again_in_their_order_after_a_pause():
    order = DrainOrder(LIMITS)
    for row_id in range(4):
        order.add(frame(row_id, "a"))
    first, second, third = (order.take(NO_WINDOW, 0.0) for _ in range(3))
    assert first
    assert second
    assert third

    order.hold(first, 10.0)
    assert order.take(NO_WINDOW, 20.0) is None
    order.settle(second)
    order.hold(third, 10.0)

    assert order.take(NO_WINDOW, 10.4) is None
    assert [it.row_id for it in drained(order, at_s=10.5)] == [0, 2, 3]


def test_after_a_failure_one_frame_tries_whether_the_way_is_free():
    order = DrainOrder(LIMITS)
    for row_id in range(3):
        order.add(frame(row_id, "a"))
    first = order.take(NO_WINDOW, 0.0)
    assert first
    order.hold(first, 0.0)

    assert [order.take(NO_WINDOW, 1.0), order.take(NO_WINDOW, 1.0)] == [first, None]
    order.settle(first)
    assert [it.row_id for it in burst(order)] == [1, 2]


def test_a_camera_whose_topic_is_missing_does_not_hold_up_others_and_is_tried_ever_less_often():
    order = DrainOrder(LIMITS)
    order.add(frame(1, "a"))
    tried_at: list[float] = []
    for tenth in range(400):
        at_s = tenth / 10
        if (entry := order.take(NO_WINDOW, at_s)) is not None:
            tried_at.append(at_s)
            order.hold(entry, at_s)
    order.add(frame(2, "b"))

    assert tried_at == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert order.take(NO_WINDOW, 40.0) == frame(2, "b")


def test_a_frame_larger_than_all_bounds_is_still_sent():
    order = DrainOrder(LIMITS)
    order.add(frame(1, "a", size_bytes=10**7), backlog=True)

    assert [it.row_id for it in drained(order, window_bytes=1)] == [1]


def test_a_camera_that_moved_to_another_group_keeps_its_order():
    order = DrainOrder(LIMITS)
    order.add(frame(1, "a", Priority.INSIGHT), backlog=True)
    order.add(frame(2, "a", Priority.SAFETY), backlog=True)
    order.add(frame(3, "b", Priority.STANDARD), backlog=True)

    assert [it.row_id for it in drained(order)] == [3, 1, 2]


@given(spool_entries(), st.booleans(), st.randoms(use_true_random=False))
def test_whatever_happens_frames_of_a_camera_leave_in_order_and_within_the_bounds(
    entries: list[Entry], backlog: bool, chance: Random
):
    order, under_way, sent = DrainOrder(LIMITS), list[Entry](), defaultdict[str, list[int]](list)
    removed: set[int] = set()
    todo, at_s, largest = list(entries), 0.0, max((it.size_bytes for it in entries), default=0)
    while True:
        at_s += 31.0
        steps = ["take"] * 3 + ["add"] * bool(todo) + ["settle", "hold"] * bool(under_way) + ["remove"] * bool(todo)
        match chance.choice(steps):
            case "add":
                order.add(todo.pop(0), backlog=backlog)
            case "remove":
                entry = todo.pop(0)
                order.add(entry)
                order.remove(entry)
                removed.add(entry.row_id)
            case "settle":
                # The brokers acknowledge the frames of one camera in order.
                camera_id = chance.choice(under_way).camera_id
                entry = next(it for it in under_way if it.camera_id == camera_id)
                under_way.remove(entry)
                order.settle(entry)
            case "hold":
                # All of the camera that is under way comes back, as from a producer that is replaced.
                camera_id = chance.choice(under_way).camera_id
                for entry in [it for it in under_way if it.camera_id == camera_id]:
                    under_way.remove(entry)
                    sent[camera_id].remove(entry.row_id)
                    order.hold(entry, at_s)
            case _:
                entry = order.take(100 * KB, at_s)
                if entry is None and not todo and not under_way:
                    break
                if entry is not None:
                    under_way.append(entry)
                    sent[entry.camera_id].append(entry.row_id)
                elif under_way:
                    order.settle(under_way.pop(0))
        assert order.under_way_bytes == sum(it.size_bytes for it in under_way)
        assert order.under_way_bytes <= LIMITS.under_way_bytes + 2 * largest

    assert all(rows == sorted(rows) for rows in sent.values())
    assert {row for rows in sent.values() for row in rows} == {it.row_id for it in entries} - removed


@given(st.integers(1, 60), st.integers(1, 60), st.integers(4 * KB, 400 * KB))
def test_no_priority_is_starved(safety: int, insight: int, size_bytes: int):
    order = DrainOrder(LIMITS)
    for row_id in range(safety):
        order.add(frame(row_id, "s"), backlog=True)
    for row_id in range(insight):
        order.add(replace(frame(100 + row_id, "i", Priority.INSIGHT), size_bytes=size_bytes), backlog=True)

    sent = drained(order)

    high_bytes = low_bytes = 0
    for entry in sent[: -1 - max(safety, insight)]:
        high_bytes += entry.size_bytes * (entry.priority is Priority.SAFETY)
        low_bytes += entry.size_bytes * (entry.priority is Priority.INSIGHT)
        assert low_bytes >= 0.1 * high_bytes - size_bytes - 40 * KB
    assert len(sent) == safety + insight
