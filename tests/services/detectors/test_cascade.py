"""The whole way of a frame through a cascade: packaged model, HTTP, and the record that leaves the job."""

import asyncio
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.detectors import Detector, FakeDetector
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all
from ommatid_jobs.detectors.onnx import load_detector
from ommatid_jobs.flink.clock import epoch_us, monotonic_ms
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.inference import Inference
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.detect.vision_models import open_vision_llm
from ommatid_schemas import FrameResult, Priority, Reason, SingleObjectCodec
from ommatid_schemas.fleet_file import OnnxModel, VisionLlm, parse_fleet
from tests.sample_events import sample_frame
from tests.services.connectors.vision_api import GOOD_FRAME, Scripted, VisionApi, api_error, completion

STREET = (Path(__file__).parents[2] / "assets" / "street.jpg").read_bytes()
EMPTY = cv2.imencode(".jpg", np.zeros((240, 320, 3), dtype=np.uint8))[1].tobytes()
NOW_US = 1_800_000_000_000_000
FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  gates: {priority: insight, detector: DETECTOR}
detectors:
  parcels: {kind: cascade, when: {labels: [person], min_score: 0.5}, then: ask-parcels}
  ask-parcels:
    kind: vision_llm
    url: URL
    model: small-vision
    key: "{VISION_KEY}"
    prompt: Does somebody carry a parcel?
    answer: {parcel: {type: boolean}, carrier: {type: text, choices: [post, none]}}
    timeout: PATIENCE
    give_up_after: PATIENCE
    rate: 1000/s
cameras:
  gate-1: {url: "rtsp://camera/1", region: eu, group: gates}
"""


def settings(api: VisionApi, detector: str, patience: str) -> DetectSettings:
    text = FLEET.replace("URL", api.url).replace("DETECTOR", detector).replace("PATIENCE", patience)
    sent = detect_settings(parse_fleet(text), "eu", Priority.INSIGHT, batch_size=4).model_dump_json()
    return DetectSettings.model_validate_json(sent)


def opened(name: str, described: VisionLlm) -> Detector:
    return open_vision_llm(name, described, {"VISION_KEY": "sk-hunter2"})


def own_model(name: str, described: OnnxModel) -> Detector:
    raise AssertionError(name, described)


@contextmanager
def inference(deployment: DetectSettings, first: Detector) -> Generator[Inference]:
    detectors = load_all(deployment.detectors, deployment.defined, Loaders(lambda _: first, opened, own_model))
    running = Inference(deployment, detectors, epoch_us, monotonic_ms)
    try:
        yield running
    finally:
        close_all(detectors)
        running.close()


def admitted(captured_at_us: int, image: bytes, camera_id: str = "gate-1") -> AdmittedFrame:
    frame = sample_frame(captured_at_us, camera_id, image=image, group="gates", priority=Priority.INSIGHT)
    record = SourceRecord(camera_id.encode(), b"the record", "omm.frames.eu.insight.gates", 0, captured_at_us)
    return AdmittedFrame(frame, record, Reason.MOTION, captured_at_us)


def look(
    api: VisionApi, detector: str, first: Detector, *frames: AdmittedFrame, patience: str = "30s"
) -> list[SinkRecord]:
    async def all_records(running: Inference) -> list[list[SinkRecord]]:
        return await asyncio.gather(*map(running.records, frames))

    with inference(settings(api, detector, patience), first) as running:
        return [written[0] for written in asyncio.run(all_records(running))]


def result(record: SinkRecord) -> FrameResult:
    assert record.topic == "omm.detections.eu"
    return SingleObjectCodec().decode(FrameResult, record.value)


def test_people_are_asked_about_and_an_empty_scene_is_not():
    nanodet = load_detector("nanodet-416", threads=2, device="cpu")
    frames = [admitted(NOW_US, STREET), admitted(NOW_US + 1, EMPTY, "gate-2")]
    with VisionApi() as api:
        street, empty = map(result, look(api, "parcels", nanodet, *frames))

        assert [asked.jpegs for asked in api.asked] == [[STREET]]
        assert api.asked[0].headers["authorization"] == "Bearer sk-hunter2"

    assert any(box.label == "person" for box in street.boxes)
    assert json.loads(street.answer or "") == GOOD_FRAME
    assert (empty.boxes, empty.answer) == ((), None)
    assert (street.model, empty.model) == ("parcels", "parcels")


BAD_MOMENTS: dict[str, list[Scripted]] = {
    "429": [api_error(429, "rate_limit_exceeded", retry_after="60")],
    "503": [api_error(503, "overloaded")] * 9,
    "401": [api_error(401, "invalid_api_key")],
    "slow": [Scripted(silent=True)] * 9,
    "truncated body": [Scripted(cut_at=30)] * 9,
    "truncated JSON": [Scripted(body=completion('{"frames": [{"par', finish="length"))] * 9,
    "wrong JSON": [Scripted(body=completion('{"parcel": true}'))] * 9,
    "hang-up": [Scripted(hang_up=True)] * 9,
}


@pytest.mark.parametrize("moments", BAD_MOMENTS.values(), ids=BAD_MOMENTS.keys())
def test_whatever_the_api_does_the_boxes_leave_the_job(moments: list[Scripted]):
    with VisionApi(moments) as api:
        [record] = look(api, "parcels", FakeDetector(), admitted(NOW_US, STREET), patience="300ms")

    found = result(record)
    assert [box.label for box in found.boxes] == ["person"]
    assert found.answer is None


@pytest.mark.parametrize("moments", BAD_MOMENTS.values(), ids=BAD_MOMENTS.keys())
def test_without_a_cascade_a_frame_without_an_answer_is_a_dead_letter(moments: list[Scripted]):
    with VisionApi(moments) as api:
        [record] = look(api, "ask-parcels", FakeDetector(), admitted(NOW_US, STREET), patience="300ms")

    headers: Any = record.headers
    assert record.topic == "omm.dlq.eu"
    assert headers["error_class"] == b"InferenceFailed"
    assert "hunter2" not in repr(headers)


def test_cameras_do_not_share_a_request_and_frames_of_one_do():
    frames = [admitted(NOW_US, STREET), admitted(NOW_US + 1, EMPTY), admitted(NOW_US, EMPTY, "gate-2")]
    with VisionApi() as api:
        answers = [result(record).answer for record in look(api, "ask-parcels", FakeDetector(), *frames)]

        assert sorted(asked.jpegs for asked in api.asked) == sorted([[STREET, EMPTY], [EMPTY]])

    assert [json.loads(answer or "") for answer in answers] == [GOOD_FRAME] * 3
