"""From an admitted frame to its records, with a fake model and real JPEG."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.detectors import Detector, FakeDetector, Image, InferenceFailed, NullDetector, Picture, Seen
from ommatid_jobs.flink.clock import monotonic_ms
from ommatid_jobs.flink.detect.inference import Inference
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.model_queue import ModelQueue
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_schemas import (
    Box,
    DeadLetter,
    FrameRef,
    FrameResult,
    Priority,
    Reason,
    SingleObjectCodec,
    Trigger,
    frame_id,
)
from ommatid_schemas.fleet_file import Sampling
from tests.sample_events import sample_frame

NOW_US = 1_800_000_000_000_000
CODEC = SingleObjectCodec()
DARK, BRIGHT = 0, 255


def jpeg(value: int) -> bytes:
    encoded = cv2.imencode(".jpg", np.full((8, 8, 3), value, dtype=np.uint8))[1]
    return encoded.tobytes()


def admitted(captured_at_us: int = NOW_US, image: bytes = jpeg(DARK), camera_id: str = "lobby-1") -> AdmittedFrame:
    changes = {"published_at_us": captured_at_us + 1, "width": 8, "height": 8, "reason": Reason.BASELINE}
    frame = sample_frame(captured_at_us, camera_id, image=image, **changes)
    record = SourceRecord(camera_id.encode(), b"the record", "omm.frames.eu.safety.entrances", 2, 7)
    return AdmittedFrame(frame, record, Reason.EVENT, captured_at_us + 2)


@contextmanager
def inference(
    detector: Detector, event_labels: frozenset[str] | None = None, queue: ModelQueue | None = None
) -> Generator[Inference]:
    group = GroupSettings(detector="fake", policy=Sampling().policy, event_labels=event_labels)
    settings = DetectSettings(region="eu", priority=Priority.SAFETY, groups={"entrances": group}, batch_size=4)
    running = Inference(settings, {"fake": detector}, lambda: NOW_US + 3, monotonic_ms, queue)
    try:
        yield running
    finally:
        running.close()


async def records(running: Inference, frames: Sequence[AdmittedFrame]) -> list[list[SinkRecord]]:
    return await asyncio.wait_for(asyncio.gather(*map(running.records, frames)), 5)


def nothing(image: Image) -> tuple[Box, ...]:
    del image
    return ()


def no_bright_image(image: Image) -> tuple[Box, ...]:
    if image.mean() > 128:
        raise InferenceFailed("out of memory")
    return ()


async def test_a_result_carries_the_stamps_the_position_and_the_samplers_reason():
    with inference(FakeDetector(answer=nothing)) as running:
        [[record]] = await records(running, [admitted()])

    result = CODEC.decode(FrameResult, record.value)
    assert (record.topic, record.key, record.timestamp_ms) == ("omm.detections.eu", b"lobby-1", NOW_US // 1000)
    stamps = (result.captured_at_us, result.published_at_us, result.admitted_at_us, result.inferred_at_us)
    assert stamps == (NOW_US, NOW_US + 1, NOW_US + 2, NOW_US + 3)
    assert result.frame_ref == FrameRef("omm.frames.eu.safety.entrances", 2, 7)
    assert (result.reason, result.model, result.batch_size) == (Reason.EVENT, "fake", 1)


async def test_frames_of_different_cameras_share_a_batch():
    detector = FakeDetector()
    with inference(detector) as running:
        await records(running, [admitted(camera_id=f"lobby-{n}") for n in range(4)])
        labels = {"region": "eu", "priority": "safety", "detector": "fake"}
        assert running.metrics.registry.get_sample_value("ommatid_detect_batch_size_sum", labels) == 4

    assert detector.batch_sizes == [4]


@pytest.mark.parametrize("image", [jpeg(DARK), b"no picture"])
async def test_an_answered_frame_waits_no_longer_whatever_the_answer(image: bytes):
    queue, waiting = ModelQueue(), admitted(image=image)
    queue.add(waiting.frame)
    with inference(FakeDetector(), queue=queue) as running:
        await records(running, [waiting])

    assert queue.waiting_us("lobby-1") == frozenset()
    assert queue.frame_ms("fake") is not None


async def test_a_person_triggers_its_camera_once_in_five_seconds():
    with inference(FakeDetector()) as running:
        written = await records(running, [admitted(NOW_US - 6_000_000), admitted(NOW_US - 5_000_000), admitted(NOW_US)])

    triggers = [record for each in written for record in each if record.topic == "omm.triggers.eu.safety"]
    assert [CODEC.decode(Trigger, trigger.value).cause_frame_id for trigger in triggers] == [
        frame_id("lobby-1", NOW_US - 6_000_000),
        frame_id("lobby-1", NOW_US),
    ]


async def test_a_label_that_no_rule_watches_triggers_nothing():
    with inference(FakeDetector(), event_labels=frozenset({"truck"})) as running:
        [written] = await records(running, [admitted()])

    assert [record.topic for record in written] == ["omm.detections.eu"]


async def test_a_broken_image_is_a_dead_letter_and_the_rest_of_its_batch_is_not():
    with inference(FakeDetector(answer=nothing)) as running:
        written = await records(running, [admitted(NOW_US), admitted(NOW_US + 1, image=b"\xff\xd8 broken")])
        labels = {"region": "eu", "priority": "safety", "group": "entrances"}
        labels |= {"stage": "inference", "error": "UndecodableImage"}
        assert running.metrics.registry.get_sample_value("ommatid_detect_dead_letters_total", labels) == 1

    [[good], [bad]] = written
    assert good.topic == "omm.detections.eu"
    letter = DeadLetter.from_record(bad.key, bad.value, bad.headers)
    assert (letter.value, letter.offset, letter.stage) == (b"the record", 7, "inference")
    assert letter.error_class == "UndecodableImage"
    assert bad.timestamp_ms is None


async def test_for_a_model_that_asks_for_no_pixels_nothing_is_decoded():
    with inference(NullDetector("null-0")) as running:
        [[record]] = await records(running, [admitted(image=b"no picture")])

    assert CODEC.decode(FrameResult, record.value).boxes == ()


async def test_a_batch_that_fails_is_tried_again_image_by_image():
    frames = [admitted(NOW_US + n, image=jpeg(BRIGHT if n == 1 else DARK)) for n in range(4)]
    with inference(FakeDetector(answer=no_bright_image)) as running:
        written = await records(running, frames)

    assert [each[0].topic for each in written] == ["omm.detections.eu", "omm.dlq.eu", *["omm.detections.eu"] * 2]
    assert written[1][0].headers["error_class"] == b"InferenceFailed"


@pytest.mark.parametrize("fault", [ValueError("bug"), MemoryError(), SystemExit(1), asyncio.CancelledError()])
async def test_nothing_that_a_model_does_escapes(fault: BaseException):
    def fail(image: Image) -> tuple[Box, ...]:
        raise fault

    with inference(FakeDetector(answer=fail)) as running:
        [[record]] = await records(running, [admitted()])

    assert record.headers["error_class"] == type(fault).__name__.encode()


class Answering(FakeDetector):
    """Answers in JSON, but fails for bright frames; one call for all."""

    def detect(self, pictures: Sequence[Picture]) -> list[Seen | InferenceFailed]:
        self.batch_sizes.append(len(pictures))
        return [
            InferenceFailed("no answer")
            if picture.image.mean() > 128
            else Seen("2", answer=f'{{"n":{len(picture.jpeg)}}}')
            for picture in pictures
        ]


async def test_an_answer_goes_into_the_result_of_its_frame():
    with inference(Answering()) as running:
        [[record]] = await records(running, [admitted()])

    assert CODEC.decode(FrameResult, record.value).answer == f'{{"n":{len(jpeg(DARK))}}}'


async def test_a_result_names_the_version_that_saw_its_frame_though_another_serves_by_now():
    with inference(Answering()) as running:
        [[record]] = await records(running, [admitted()])

    assert Answering.version != "2"
    assert CODEC.decode(FrameResult, record.value).model_version == "2"


async def test_a_frame_that_a_model_gives_up_is_a_dead_letter_and_asked_about_once():
    detector = Answering()
    frames = [admitted(NOW_US + n, image=jpeg(BRIGHT if n == 1 else DARK)) for n in range(4)]
    with inference(detector) as running:
        written = await records(running, frames)

    assert [each[0].topic for each in written] == ["omm.detections.eu", "omm.dlq.eu", *["omm.detections.eu"] * 2]
    assert detector.batch_sizes == [4]


async def test_a_cancelled_frame_is_a_dead_letter_too():
    with inference(FakeDetector()) as running:
        waiting = asyncio.ensure_future(running.records(admitted()))
        await asyncio.sleep(0)
        waiting.cancel()
        [record] = await waiting

    assert record.headers["error_class"] == b"CancelledError"
