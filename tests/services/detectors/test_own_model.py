"""Frames through the detect job's inference while the commands activate another version and roll it back."""

import asyncio
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from pyflink.datastream import RuntimeContext
from typer.testing import CliRunner

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_fleet.cli import app as ommatid
from ommatid_jobs.detectors import Detector
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all
from ommatid_jobs.detectors.own_models import open_own_model
from ommatid_jobs.flink.clock import epoch_us, monotonic_ms
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.inference import Inference
from ommatid_jobs.flink.detect.inference_function import InferenceFunction
from ommatid_jobs.flink.detect.intake import AdmittedFrame
from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_schemas import FrameResult, Priority, Reason, SingleObjectCodec
from ommatid_schemas.fleet_file import load_fleet
from tests.onnx_models import write_model
from tests.sample_events import sample_frame

NOW_US = 1_800_000_000_000_000
GREY = cv2.imencode(".jpg", np.full((48, 64, 3), 90, dtype=np.uint8))[1].tobytes()
FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  halls: {priority: safety, detector: people}
detectors:
  people: {kind: onnx, path: FOLDER, device: cpu, poll: 100ms}
cameras:
  hall-1: {url: "rtsp://camera/1", region: eu, group: halls}
"""


class Site:
    """A fleet with an own model of two versions; the first is active."""

    def __init__(self, folder: Path) -> None:
        for version, score in (("1", 0.5), ("2", 0.75)):
            write_model(folder / "people" / version, score=score)
        self.fleet = folder / "fleet.yaml"
        self.fleet.write_text(FLEET.replace("FOLDER", str(folder / "people")))
        self.models("activate", "people", "1")

    def models(self, *words: str) -> None:
        CliRunner().invoke(ommatid, ["models", *words, "--fleet", str(self.fleet)], catch_exceptions=False)

    @property
    def settings(self) -> DetectSettings:
        return detect_settings(load_fleet(self.fleet), "eu", Priority.SAFETY, batch_size=4)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def admitted(number: int, camera_id: str) -> AdmittedFrame:
    captured_at_us = NOW_US + number
    frame = sample_frame(captured_at_us, camera_id, image=GREY, group="halls", priority=Priority.SAFETY)
    record = SourceRecord(camera_id.encode(), b"the record", "omm.frames.eu.safety.halls", 0, number)
    return AdmittedFrame(frame, record, Reason.MOTION, captured_at_us)


def refused(*arguments: object) -> Detector:
    raise AssertionError(arguments)


def result_of(records: list[SinkRecord]) -> FrameResult:
    """The result among the records of one frame; there may be a trigger beside it, and nothing else."""
    (found,) = [record for record in records if record.topic == "omm.detections.eu"]
    assert {record.topic for record in records} <= {"omm.detections.eu", "omm.triggers.eu.safety"}
    return SingleObjectCodec().decode(FrameResult, found.value)


async def camera(running: Inference, camera_id: str, seen: list[FrameResult], ended: asyncio.Event) -> None:
    """Sends the next frame as soon as the one before is answered."""
    while not ended.is_set():
        seen.append(result_of(await running.records(admitted(len(seen), camera_id))))


async def until_all_say(version: str, cameras: dict[str, list[FrameResult]]) -> None:
    for _ in range(2000):
        if all(seen and seen[-1].model_version == version for seen in cameras.values()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"version {version}: {[seen[-1:] for seen in cameras.values()]}")


async def test_every_frame_has_one_result_of_the_version_that_saw_it_through_a_swap_and_a_rollback(site: Site):
    loaders = Loaders(refused, refused, lambda name, model: open_own_model(name, model, threads=1))
    detectors = load_all(site.settings.detectors, site.settings.defined, loaders)
    running = Inference(site.settings, detectors, epoch_us, monotonic_ms)
    cameras: dict[str, list[FrameResult]] = {f"hall-{number}": [] for number in range(6)}
    ended = asyncio.Event()
    asking = [asyncio.create_task(camera(running, name, seen, ended)) for name, seen in cameras.items()]
    try:
        await until_all_say("1", cameras)
        site.models("activate", "people", "2")
        await until_all_say("2", cameras)
        site.models("rollback", "people")
        await until_all_say("1", cameras)
    finally:
        ended.set()
        await asyncio.gather(*asking)
        close_all(detectors)
        running.close()

    for seen in cameras.values():
        assert max(Counter(result.frame_id for result in seen).values()) == 1
        assert [result.frame_ref.offset for result in seen] == list(range(len(seen)))
        assert {(it.model, it.model_version, round(it.boxes[0].score, 2)) for it in seen} == {
            ("people", "1", 0.5),
            ("people", "2", 0.75),
        }
        assert [version for version, _ in groupby(result.model_version for result in seen)] == ["1", "2", "1"]


class Worker:
    """Stands for Flink's runtime context."""

    def get_number_of_parallel_subtasks(self) -> int:
        return 1


def test_a_worker_opens_the_active_version_and_shows_it(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMMATID_WORKER_METRICS_PORTS", "0")
    worker_endpoint.cache_clear()
    site.models("activate", "people", "2")
    function = InferenceFunction(site.settings.model_dump_json())
    function.open(cast("RuntimeContext", Worker()))
    function.close()

    shown = {sample.name: sample.labels for metric in worker_endpoint().collect() for sample in metric.samples}
    assert (shown["ommatid_detector_info"]["detector"], shown["ommatid_detector_info"]["version"]) == ("people", "2")
    assert "ommatid_detector_model_swaps_total" in shown
