"""Records that the jobs write."""

from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.flink.outgoing import event_record
from ommatid_schemas import SingleObjectCodec, Trigger

TRIGGER = Trigger("lobby-1", 5, "lobby-1/1", 0.5)


def test_the_record_of_an_event_is_keyed_by_camera_and_stamped_with_the_capture_time():
    record = event_record("omm.triggers.eu.safety", TRIGGER, captured_at_us=1_234_567, now_us=9_000_000)

    assert (record.key, record.timestamp_ms, record.headers) == (b"lobby-1", 1_234, {})
    assert SingleObjectCodec().decode(Trigger, record.value) == TRIGGER


@given(captured_at_us=st.integers(-(2**63), 2**63 - 1), now_us=st.integers(0, 2**53))
def test_no_camera_clock_gives_a_timestamp_that_a_broker_refuses(captured_at_us: int, now_us: int):
    record = event_record("topic", TRIGGER, captured_at_us, now_us)

    assert record.timestamp_ms is not None
    assert 0 <= record.timestamp_ms <= now_us // 1000
