import threading

from ommatid_edge.frame_counters import FrameCounters, FrameTotals
from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.events import Reason


def test_totals_of_several_cameras_add_up():
    one = FrameTotals(3, {Reason.MOTION: 1}, {DropReason.NOT_DUE: 2})
    other = FrameTotals(2, {Reason.MOTION: 1}, {}, pending=1)

    assert one + other == FrameTotals(5, {Reason.MOTION: 2}, {DropReason.NOT_DUE: 2}, pending=1)


def test_captured_and_recovered_are_published_dropped_or_pending():
    counters = FrameCounters()
    counters.captured()
    counters.discarded(DropReason.NOT_DUE, 3)
    counters.recovered(2)
    counters.published(Reason.EVENT)
    counters.dropped(DropReason.EVICTED)

    totals = counters.totals()

    assert totals == FrameTotals(4, {Reason.EVENT: 1}, {DropReason.NOT_DUE: 3, DropReason.EVICTED: 1}, 1, 2)
    assert totals.captured + totals.recovered == 1 + 4 + totals.pending


def test_counts_from_two_threads_are_not_lost():
    counters = FrameCounters()

    def count() -> None:
        for _ in range(5_000):
            counters.captured()
            counters.dropped(DropReason.NOT_DUE)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counters.totals() == FrameTotals(10_000, {}, {DropReason.NOT_DUE: 10_000})
