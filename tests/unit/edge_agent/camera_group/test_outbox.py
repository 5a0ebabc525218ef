from ommatid_edge.camera_group.messages import FrameChosen, FramesDropped, Report
from ommatid_edge.camera_group.outbox import Outbox
from ommatid_edge.camera_group.wire import ReportReader
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.frame_selection import DropReason
from ommatid_schemas.events import Clock, Reason


def frame(at_us: int, size_bytes: int = 1000) -> ChosenFrame:
    return ChosenFrame("lobby-1", at_us, Clock.RTCP, Reason.MOTION, 0.5, 64, 48, bytes(size_bytes))


def taken(outbox: Outbox) -> list[Report]:
    reader, reports = ReportReader(), list[Report]()
    while (encoded := outbox.take(0.0)) is not None:
        reports.extend(reader.feed(encoded))
    return reports


def test_frames_leave_in_the_order_they_came():
    outbox = Outbox(1 << 20)
    for at_us in range(5):
        outbox.chosen(frame(at_us))

    assert taken(outbox) == [FrameChosen(frame(at_us)) for at_us in range(5)]


def test_without_room_frames_are_dropped_and_counted_and_nothing_waits():
    outbox = Outbox(3000)
    for at_us in range(5):
        outbox.chosen(frame(at_us))
    outbox.flush_counts()

    assert taken(outbox) == [
        FrameChosen(frame(0)),
        FrameChosen(frame(1)),
        FramesDropped({"lobby-1": {DropReason.QUEUE_FULL: 3}}),
    ]


def test_there_is_room_again_once_the_agent_has_read():
    outbox = Outbox(2000)
    outbox.chosen(frame(0))
    taken(outbox)
    outbox.chosen(frame(1))

    assert taken(outbox) == [FrameChosen(frame(1))]


def test_a_frame_larger_than_the_bound_is_taken_alone():
    outbox = Outbox(10)
    outbox.chosen(frame(0))
    outbox.chosen(frame(1))

    assert taken(outbox) == [FrameChosen(frame(0))]


def test_drops_are_told_by_camera_and_reason_in_one_report():
    outbox = Outbox(1 << 20)
    for _ in range(15):
        outbox.dropped("lobby-1", DropReason.NOT_DUE)
    outbox.dropped("lobby-1", DropReason.NOT_DECODED, 30)
    outbox.flush_counts()
    outbox.flush_counts()

    assert taken(outbox) == [
        FramesDropped({"lobby-1": {DropReason.NOT_DUE: 15, DropReason.NOT_DECODED: 30}}),
    ]
