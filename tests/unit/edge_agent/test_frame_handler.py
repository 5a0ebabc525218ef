from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.decoding import Decoded
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.frame_publisher import FramePublisher, PublisherClock
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.picture import ArrayPicture, ArrivedFrame, UndecodedPacket
from ommatid_edge.record_sink import InMemorySink, OnDone, OutgoingRecord
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import FrameEvent, Reason, Trigger
from tests.unit.edge_agent.footage import NOON_US, Footage


def events(sink: InMemorySink) -> list[FrameEvent]:
    return [SingleObjectCodec().decode(FrameEvent, record.value) for record in sink.records]


def test_a_chosen_frame_becomes_a_keyed_record_with_its_capture_time(
    plan: CameraPlan,
    monitor: CameraMonitor,
    publisher: FramePublisher,
    board: TriggerBoard,
    sink: InMemorySink,
    footage: Footage,
):
    FrameHandler(plan, monitor, publisher, board).handle(footage.still(1)[0])

    record, event = sink.records[0], events(sink)[0]
    assert (record.topic, record.key) == ("omm.frames.eu-west.safety.entrances", b"lobby-1")
    assert record.timestamp_ms == (NOON_US - 80_000) // 1000
    assert (event.frame_id, event.agent_id) == (f"lobby-1/{NOON_US - 80_000}", "agent-1")
    assert (event.width, event.height, event.encoding) == (133, 100, "jpeg")
    assert event.published_at_us == NOON_US + 5


def test_published_frames_are_numbered_from_zero_without_gaps(
    plan: CameraPlan,
    monitor: CameraMonitor,
    publisher: FramePublisher,
    board: TriggerBoard,
    sink: InMemorySink,
    footage: Footage,
):
    board.post(Trigger("lobby-1", NOON_US + 10_000_000, "lobby-1/1", 0.9))
    handler = FrameHandler(plan, monitor, publisher, board)
    for frame in footage.still(20):
        handler.handle(frame)

    assert [event.sequence for event in events(sink)] == list(range(20))
    assert {event.reason for event in events(sink)} == {Reason.EVENT}


class BrokenSink(InMemorySink):
    """Fails in a way that nobody foresaw."""

    def send(self, record: OutgoingRecord, on_done: OnDone) -> DropReason | None:
        raise RuntimeError(f"unforeseen at {record.topic} with {on_done}")


def test_a_frame_at_which_the_agent_itself_fails_is_still_accounted_for(
    plan: CameraPlan, monitor: CameraMonitor, board: TriggerBoard, footage: Footage
):
    broken = FramePublisher(
        BrokenSink(), SingleObjectCodec(), "agent-1", PublisherClock(lambda: 0, lambda: 0.0), lambda _: None
    )

    with pytest.raises(RuntimeError, match="unforeseen"):
        FrameHandler(plan, monitor, broken, board).handle(footage.still(1)[0])

    totals = monitor.totals()
    assert (totals.captured, totals.pending, totals.dropped) == (1, 0, {DropReason.AGENT_FAULT: 1})


def test_a_camera_clock_that_is_off_is_reported_once(
    plan: CameraPlan, monitor: CameraMonitor, publisher: FramePublisher, board: TriggerBoard, footage: Footage
):
    handler = FrameHandler(plan, monitor, publisher, board)
    with capture_logs() as logs:
        for frame in footage.still(5):
            handler.handle(replace(frame, rtcp_at_us=frame.arrived_at_us + 3600 * 1_000_000))

    assert [line["event"] for line in logs] == ["camera clock not trusted"]
    assert "found +3600.0 s" in logs[0]["reason"]
    assert monitor.condition.clock_offset_us == 3600 * 1_000_000


STILL = ArrayPicture(np.full((100, 133, 3), 60, np.uint8))
arrivals: st.SearchStrategy[Decoded] = st.one_of(
    st.builds(UndecodedPacket, st.just(NOON_US)),
    st.builds(
        ArrivedFrame,
        arrived_at_us=st.integers(NOON_US, NOON_US + 100_000_000),
        rtcp_at_us=st.none(),
        corrupt=st.booleans(),
        picture=st.just(STILL),
    ),
)


@given(arrived=st.lists(arrivals, max_size=15), limit=st.integers(0, 4), outcome=st.sampled_from([None, "no leader"]))
def test_every_captured_frame_is_published_dropped_for_a_reason_or_pending(
    plan: CameraPlan, arrived: list[Decoded], limit: int, outcome: str | None
):
    sink = InMemorySink(limit, acknowledge=False)
    monitor = CameraMonitor("lobby-1", lambda: NOON_US)
    clock = PublisherClock(lambda: NOON_US, lambda: 0.0)
    publisher = FramePublisher(sink, SingleObjectCodec(), "agent-1", clock, lambda _: None)
    everything = replace(plan, policy=replace(plan.policy, shadow_share=0.5))
    handler = FrameHandler(everything, monitor, publisher, TriggerBoard(["lobby-1"]))

    for decoded in arrived:
        handler.handle(decoded)
    waiting = monitor.totals()
    sink.finish(outcome)
    done = monitor.totals()

    assert waiting.captured == sum(waiting.dropped.values()) + waiting.pending == len(arrived)
    assert waiting.pending == len(sink.records)
    assert done.captured == sum(done.published.values()) + sum(done.dropped.values())
    assert done.pending == 0
