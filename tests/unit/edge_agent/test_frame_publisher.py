import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_counters import FrameCounters, FrameTotals
from ommatid_edge.frame_forwarder import Delivery, PublisherClock
from ommatid_edge.frame_publisher import FramePublisher
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.record_sink import Busy, InMemorySink, OnDone, OutgoingRecord, Refused, Returned
from ommatid_edge.spool import FrameSpool, InMemoryStore, SpoolLimits, SqliteStore
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import FrameEvent, Reason
from ommatid_schemas.priority import Priority
from tests.unit.edge_agent.spool.frames import NOON_US, chosen

LATER_US = NOON_US + 3_600_000_000


class Rig:
    """A publisher between frames and a sink in memory."""

    def __init__(self, plan: CameraPlan, store: InMemoryStore | SqliteStore, sink: InMemorySink) -> None:
        self.plan = plan
        self.sink = sink
        self.counters = FrameCounters()
        self.former = FrameCounters()
        # Back-off passes twenty times as fast.
        clock = PublisherClock(epoch_us=lambda: LATER_US, monotonic_s=lambda: 20 * time.monotonic())
        delivery = Delivery(sink, SingleObjectCodec(), "agent-1", clock, lambda _: None)
        self.publisher = FramePublisher(FrameSpool(store, SpoolLimits(memory_bytes=100_000)), delivery)

    def start(self) -> "Rig":
        self.publisher.start(lambda _: self.former)
        return self

    def accept(self, *numbers: int, reason: Reason = Reason.MOTION) -> None:
        for number in numbers:
            self.counters.captured()
            self.publisher.accept(self.plan, chosen("lobby-1", number, reason), self.counters)

    def events(self) -> list[FrameEvent]:
        return [SingleObjectCodec().decode(FrameEvent, record.value) for record in self.sink.records]

    def wait_for(self, records: int) -> None:
        give_up_at = time.monotonic() + 10.0
        while len(self.sink.records) < records:
            assert time.monotonic() < give_up_at
            time.sleep(0.005)


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def rig(plan: CameraPlan, store: InMemoryStore) -> Iterator[Rig]:
    made = Rig(plan, store, InMemorySink())
    yield made
    made.publisher.close(0.0)


def test_a_frame_becomes_a_keyed_record_with_its_capture_time(rig: Rig):
    rig.start().accept(1)
    rig.publisher.close(5.0)

    record, event = rig.sink.records[0], rig.events()[0]
    assert (record.topic, record.key) == ("omm.frames.eu-west.safety.entrances", b"lobby-1")
    assert record.timestamp_ms == (NOON_US + 1) // 1000
    assert (event.frame_id, event.agent_id, event.sequence) == (f"lobby-1/{NOON_US + 1}", "agent-1", 0)
    assert (event.width, event.height, event.encoding) == (640, 480, "jpeg")
    assert rig.counters.totals() == FrameTotals(1, {Reason.MOTION: 1})


def test_a_frame_is_stamped_when_it_is_handed_over_not_when_it_was_chosen(rig: Rig):
    rig.start().accept(1)
    rig.publisher.close(5.0)

    assert [event.published_at_us for event in rig.events()] == [LATER_US]


def test_what_was_not_acknowledged_is_sent_by_the_next_run_as_the_same_frame(plan: CameraPlan, tmp_path: Path):
    before = Rig(plan, SqliteStore(tmp_path), InMemorySink(acknowledge=False)).start()
    before.accept(1, 2)
    before.wait_for(records=2)

    assert before.publisher.close(0.0) == 2
    moved = replace(plan, priority=Priority.INSIGHT)
    after = Rig(moved, SqliteStore(tmp_path), InMemorySink()).start()
    after.accept(3)
    after.publisher.close(5.0)

    assert [(event.frame_id, event.sequence) for event in after.events()] == [
        (f"lobby-1/{NOON_US + number}", sequence) for sequence, number in enumerate((1, 2, 3))
    ]
    assert [event.priority for event in after.events()] == [Priority.SAFETY, Priority.SAFETY, Priority.INSIGHT]
    assert before.counters.totals() == FrameTotals(2, pending=2)
    assert after.former.totals() == FrameTotals(0, {Reason.MOTION: 2}, recovered=2)


def test_a_record_that_is_too_large_is_dropped_once_and_the_next_goes_on(plan: CameraPlan, store: InMemoryStore):
    class Narrow(InMemorySink):
        def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
            if not self.records and record.timestamp_ms == (NOON_US + 1) // 1000 and len(record.value) > 4000:
                return Refused(DropReason.TOO_LARGE, "too large")
            return super().send(record, on_done)

    rig = Rig(plan, store, Narrow()).start()
    rig.counters.captured()
    rig.publisher.accept(plan, chosen("lobby-1", 1, size_bytes=5000), rig.counters)
    rig.accept(2)
    rig.publisher.close(5.0)

    assert rig.counters.totals() == FrameTotals(2, {Reason.MOTION: 1}, {DropReason.TOO_LARGE: 1})
    assert [event.sequence for event in rig.events()] == [1]
    assert store.frames == {}
    assert rig.publisher.progress().failed == 1


def test_records_that_come_back_are_sent_again_in_order(plan: CameraPlan, store: InMemoryStore):
    rig = Rig(plan, store, InMemorySink(acknowledge=False)).start()
    rig.accept(1, 2, 3)
    rig.wait_for(records=3)
    rig.sink.acknowledge = True
    rig.sink.finish(Returned("the producer stopped for good"))
    rig.wait_for(records=6)
    rig.publisher.close(5.0)

    assert [event.sequence for event in rig.events()] == [0, 1, 2, 0, 1, 2]
    assert rig.counters.totals() == FrameTotals(3, {Reason.MOTION: 3})
    assert rig.publisher.progress().last_failure == "the producer stopped for good"


def test_a_busy_sink_delays_and_loses_nothing(plan: CameraPlan, store: InMemoryStore):
    rig = Rig(plan, store, InMemorySink(limit=2, acknowledge=False)).start()
    rig.accept(*range(7))
    for sent in (2, 4, 6, 7):
        rig.wait_for(records=sent)
        rig.sink.finish()
    rig.publisher.close(5.0)

    assert [event.sequence for event in rig.events()] == list(range(7))
    assert rig.counters.totals().pending == 0


def test_progress_tells_what_waits_and_since_when(plan: CameraPlan, store: InMemoryStore):
    rig = Rig(plan, store, InMemorySink(acknowledge=False)).start()
    rig.accept(1, 2)
    rig.wait_for(records=2)

    progress = rig.publisher.progress()

    assert (progress.queued, progress.backlog_frames, progress.backlog_bytes) == (2, 2, 2 * 4096)
    assert progress.oldest_age_s == 0.0
    assert progress.waits
    rig.publisher.close(0.0)


def test_a_frame_at_which_the_agent_itself_fails_is_counted_and_the_next_goes_on(
    plan: CameraPlan, store: InMemoryStore
):
    class Broken(InMemorySink):
        broken = True

        def send(self, record: OutgoingRecord, on_done: OnDone) -> Refused | Returned | Busy | None:
            if self.broken:
                self.broken = False
                raise RuntimeError("unforeseen")
            return super().send(record, on_done)

    rig = Rig(plan, store, Broken()).start()
    with capture_logs() as logs:
        rig.accept(1)
        rig.accept(2)
        rig.publisher.close(5.0)

    assert rig.counters.totals() == FrameTotals(2, {Reason.MOTION: 1}, {DropReason.AGENT_FAULT: 1})
    assert [line["event"] for line in logs] == ["agent fault while publishing"]
    assert rig.publisher.faults == 1


def test_frames_that_arrive_faster_than_the_disk_takes_them_are_bounded(plan: CameraPlan):
    class Slow(InMemoryStore):
        def __init__(self) -> None:
            super().__init__()
            self.may_go_on = threading.Event()

        def tidy(self, *, idle: bool) -> None:
            del idle
            self.may_go_on.wait(10.0)

    slow = Slow()
    rig = Rig(plan, slow, InMemorySink()).start()
    rig.accept(*range(80))
    slow.may_go_on.set()
    rig.publisher.close(5.0)

    totals = rig.counters.totals()
    assert totals.dropped[DropReason.QUEUE_FULL] == 80 - totals.published[Reason.MOTION]
    assert 33 <= totals.published[Reason.MOTION] <= 66
