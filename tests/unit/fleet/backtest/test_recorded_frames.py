import random

from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.kafka import Record
from ommatid_fleet.backtest.recorded_frames import NO_FRAME, RecordedFrames
from ommatid_schemas import SingleObjectCodec
from ommatid_schemas.replay import REPLAY_HEADER
from tests.sample_events import sample_frame

AT_MS = 1_767_614_400_000


def record(number: int, camera_id: str = "lobby-1", partition: int = 0, value: bytes | None = None) -> Record:
    """Frame ``number`` of a camera, a second after the one before."""
    captured_ms = AT_MS + 1000 * number
    content = SingleObjectCodec().encode(sample_frame(captured_ms * 1000, camera_id)) if value is None else value
    return Record("omm.frames.eu.safety.entrances", partition, number, camera_id.encode(), content, captured_ms, {})


def kept(records: list[Record], to_ms: int = AT_MS + 10**6, camera_id: str | None = None) -> RecordedFrames:
    frames = RecordedFrames()
    frames.keep(records, from_ms=AT_MS, to_ms=to_ms, camera_id=camera_id)
    return frames


@given(numbers=st.permutations(range(8)), order=st.randoms())
def test_frames_come_back_in_the_order_of_publication_as_often_as_wanted(numbers: list[int], order: random.Random):
    records = [record(number, f"lobby-{number % 3}", number % 3) for number in numbers]
    with kept(order.sample(records, k=len(records))) as frames:
        first, second = list(frames), list(frames)

    assert first == second
    assert [it.record.offset for it in first] == list(range(8))
    assert [it.record.value for it in first] == [it.value for it in sorted(records, key=lambda it: it.offset)]


def test_only_what_was_captured_in_time_is_kept():
    with kept([record(-1), record(0), record(4), record(5)], to_ms=AT_MS + 5000) as frames:
        assert [it.record.offset for it in frames] == [0, 4]


def test_other_cameras_may_be_left_out():
    with kept([record(0), record(1, "lobby-2")], camera_id="lobby-2") as frames:
        assert [it.record.key for it in frames] == [b"lobby-2"]
        assert frames.cameras == 1


def test_a_record_that_is_no_frame_is_kept_for_the_sampler_to_refuse():
    with kept([record(0, value=b"what?")]) as frames:
        (only,) = frames

    assert (only.reason, only.published_at_us, only.record.value) == (NO_FRAME, AT_MS * 1000, b"what?")


def test_a_replayed_frame_stays_one():
    replayed = record(0)
    with kept([Record(*_without_headers(replayed), {REPLAY_HEADER: b"r1"})]) as frames:
        (only,) = frames

    assert only.record.replay == "r1"


def _without_headers(it: Record) -> tuple[str, int, int, bytes | None, bytes, int]:
    return it.topic, it.partition, it.offset, it.key, it.value, it.timestamp_ms
