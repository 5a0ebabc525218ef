from collections.abc import Generator
from dataclasses import dataclass, field

from ommatid_connectors.kafka import Record
from ommatid_jobs.delivery.frame_results import FrameResults
from ommatid_schemas import Box, FrameResult, SingleObjectCodec
from tests.sample_events import sample_frame, sample_result

AT_US = 1_790_000_000_123_456
FIRST, SECOND = (sample_result(at_us, Box("person", 0.875, 0, 0, 1, 1)) for at_us in (AT_US, AT_US + 500_000))


@dataclass
class Topic:
    """A topic of detections in memory that remembers from when it was read, and how far."""

    values: list[tuple[bytes, bytes]]
    since_ms: list[int] = field(default_factory=list[int])
    read: int = 0

    def since(self, since_ms: int, silence_s: float) -> Generator[Record]:
        del silence_s
        self.since_ms.append(since_ms)
        for offset, (key, value) in enumerate(self.values):
            self.read += 1
            yield Record("omm.detections.eu", 0, offset, key, value, since_ms, {})


def record(result: FrameResult, key: bytes = b"lobby-1") -> tuple[bytes, bytes]:
    return key, SingleObjectCodec().encode(result)


def results(topic: Topic, *clock_s: float) -> FrameResults:
    times_s = iter(clock_s)
    return FrameResults(topic, SingleObjectCodec(), 2.0, lambda: next(times_s, 0.0))


def test_results_are_found_by_their_frames_and_the_search_ends_there() -> None:
    other = sample_result(AT_US, camera_id="lobby-2")
    topic = Topic([record(other, b"lobby-2"), record(FIRST), record(SECOND), record(FIRST)])

    found = results(topic).find([sample_frame(AT_US), sample_frame(AT_US + 500_000)])

    assert found == {FIRST.frame_id: FIRST, SECOND.frame_id: SECOND}
    assert (topic.since_ms, topic.read) == ([AT_US // 1000], 3)


def test_a_result_that_is_not_there_is_left_out() -> None:
    assert results(Topic([record(FIRST)])).find([sample_frame(AT_US + 500_000)]) == {}


def test_a_result_under_the_key_of_another_camera_does_not_count() -> None:
    assert results(Topic([record(FIRST, b"lobby-2")])).find([sample_frame(AT_US)]) == {}


def test_what_is_no_result_is_passed_over() -> None:
    assert results(Topic([(b"lobby-1", b"corrupt"), record(FIRST)])).find([sample_frame(AT_US)])


def test_a_search_ends_in_time() -> None:
    topic = Topic([record(SECOND)] * 5)

    assert results(topic, 0.0, 1.0, 3.0).find([sample_frame(AT_US)]) == {}
    assert topic.read == 2


def test_a_camera_whose_clock_is_ahead_is_looked_for_from_the_publication_on() -> None:
    topic = Topic([])

    results(topic).find([sample_frame(AT_US, published_at_us=AT_US - 60_000_000)])

    assert topic.since_ms == [(AT_US - 60_000_000) // 1000]
