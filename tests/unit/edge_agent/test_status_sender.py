from ommatid_edge.delivery_tally import DeliveryTally
from ommatid_edge.record_sink import InMemorySink, Returned
from ommatid_edge.status_sender import StatusSender
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraState, CameraStatus


def status(camera_id: str, reported_at_us: int) -> CameraStatus:
    return CameraStatus(camera_id, "agent-1", CameraState.STREAMING, 1, reported_at_us, 0, 0, 0, {})


def reported_at_us(sink: InMemorySink) -> list[int]:
    return [SingleObjectCodec().decode(CameraStatus, record.value).reported_at_us for record in sink.records]


def test_in_an_outage_only_the_latest_status_of_a_camera_waits_behind_the_first():
    sink = InMemorySink(acknowledge=False)
    sender = StatusSender(sink, SingleObjectCodec(), DeliveryTally())
    for at_us in range(1, 100):
        sender.send("eu", status("a", at_us))
    sender.send("eu", status("b", 100))
    assert reported_at_us(sink) == [1, 100]

    sink.finish()

    assert reported_at_us(sink) == [1, 100, 99]


def test_a_status_that_came_back_is_replaced_by_the_next_report():
    sink, tally = InMemorySink(acknowledge=False), DeliveryTally()
    sender = StatusSender(sink, SingleObjectCodec(), tally)
    sender.send("eu", status("a", 1))
    sender.send("eu", status("a", 2))
    sink.finish(Returned("no such topic"))
    sender.send("eu", status("a", 3))

    assert reported_at_us(sink) == [1, 3]
    assert tally.deliveries().returned == 1


def test_a_busy_sink_costs_one_status_and_no_later_one():
    sink = InMemorySink(limit=1, acknowledge=False)
    sender = StatusSender(sink, SingleObjectCodec(), DeliveryTally())
    sender.send("eu", status("a", 1))
    sender.send("eu", status("b", 2))
    sink.finish()
    sender.send("eu", status("b", 3))

    assert reported_at_us(sink) == [1, 3]
