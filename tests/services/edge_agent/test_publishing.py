"""One agent with three cameras, looked at from all sides."""

import time
from collections import defaultdict
from collections.abc import Callable, Generator
from itertools import pairwise
from urllib.request import urlopen

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ommatid_connectors.kafka import Record, RecordProducer
from ommatid_schemas.codec import SingleObjectCodec
from ommatid_schemas.events import CameraState, CameraStatus, Clock, FrameEvent, Reason, Trigger
from tests.services.edge_agent.agent_process import AgentProcess, agent
from tests.services.edge_agent.sites import Site

LEFT_HALF = [0.0, 0.0, 0.5, 0.0, 0.5, 1.0, 0.0, 1.0]

Frames = list[tuple[Record, FrameEvent]]


@pytest.fixture(scope="module")
def running(
    site: Site,
    secrets: dict[str, str],
    camera_url: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[AgentProcess]:
    cameras = {
        "street": {"url": camera_url("camera-1")},
        "masked": {"url": camera_url("camera-2"), "privacy_masks": [LEFT_HALF]},
        "empty": {"url": camera_url("camera-4")},
        "off": {"url": "rtsp://{NOT_SET}@127.0.0.1/x", "enabled": False},
    }
    with agent(tmp_path_factory.mktemp("agent"), site.fleet(cameras), secrets) as process:
        yield process


@pytest.fixture(scope="module")
def frames(site: Site, running: AgentProcess) -> Frames:
    """At least eight frames of the street, and some of each other camera."""

    def enough(events: list[FrameEvent]) -> bool:
        ids = [event.camera_id for event in events]
        return ids.count("street") >= 8 and {"street", "masked", "empty"} <= set(ids)

    return site.read(site.frames_topic, FrameEvent, enough)


def test_frames_are_keyed_by_camera_and_stamped_with_their_capture_time(frames: Frames):
    for record, event in frames:
        assert record.key == event.camera_id.encode()
        assert record.timestamp_ms == event.captured_at_us // 1000
        assert event.frame_id == f"{event.camera_id}/{event.captured_at_us}"


def test_a_camera_stays_on_one_partition_in_order_of_capture_without_gaps(frames: Frames):
    by_camera: defaultdict[str, Frames] = defaultdict(list)
    for record, event in frames:
        by_camera[event.camera_id].append((record, event))

    for of_one_camera in by_camera.values():
        assert len({record.partition for record, _ in of_one_camera}) == 1
        assert [event.sequence for _, event in of_one_camera] == list(range(len(of_one_camera)))
        assert all(a.captured_at_us < b.captured_at_us for (_, a), (_, b) in pairwise(of_one_camera))


def test_capture_times_come_from_the_cameras_sender_reports(frames: Frames):
    assert {event.clock for _, event in frames} == {Clock.RTCP}
    assert all(event.captured_at_us < event.published_at_us for _, event in frames)


def test_images_are_jpeg_of_the_size_that_the_event_says(frames: Frames):
    for _, event in frames:
        assert (event.encoding, event.width, event.height) == ("jpeg", 320, 240)
        assert decoded(event).shape == (240, 320, 3)


def test_masked_pixels_are_black_in_what_is_published(frames: Frames):
    masked = [decoded(event) for _, event in frames if event.camera_id == "masked"]

    assert all(image[:, :144].max() <= 12 for image in masked)
    assert all(image[:, 176:].mean() > 30 for image in masked)


def test_a_trigger_opens_the_event_layer_of_its_camera_only(site: Site, running: AgentProcess, frames: Frames):
    until_us = (time.time_ns() // 1000) + 20_000_000
    trigger = SingleObjectCodec().encode(Trigger("empty", until_us, "empty/1", 0.9))
    assert "listening for triggers" in running.log
    with RecordProducer(site.client) as producer:
        producer.produce(site.triggers_topic, b"empty", trigger, until_us // 1000)

    seen = site.read(
        site.frames_topic, FrameEvent, lambda events: sum(event.reason is Reason.EVENT for event in events) >= 5
    )

    assert {event.camera_id for _, event in seen if event.reason is Reason.EVENT} == {"empty"}


def test_the_state_of_each_camera_is_published(site: Site, running: AgentProcess):
    def all_known(statuses: list[CameraStatus]) -> bool:
        return {status.camera_id for status in statuses if status.state is CameraState.STREAMING} == {
            "street",
            "masked",
            "empty",
        } and any(status.camera_id == "off" for status in statuses)

    statuses = site.read(site.status_topic, CameraStatus, all_known)

    assert {status.state for _, status in statuses if status.camera_id == "off"} == {CameraState.DISABLED}
    assert {status.agent_id for _, status in statuses} == {"agent-1"}


def test_metrics_and_health_are_served(running: AgentProcess, frames: Frames):
    def get(path: str) -> str:
        with urlopen(f"http://127.0.0.1:{running.metrics_port}{path}") as response:
            return response.read().decode()

    assert get("/healthz") == get("/readyz") == "ok\n"
    assert 'ommatid_edge_camera_state{state="STREAMING"} 3.0' in get("/metrics")
    assert "ommatid_edge_publish_seconds_count" in get("/metrics")


def test_it_stops_cleanly_with_every_frame_accounted_for(running: AgentProcess, frames: Frames):
    assert running.stop() == 0

    account = running.account
    assert account["pending"] == 0
    assert account["captured"] == account["published"] + sum(account["dropped"].values())
    assert set(account["dropped"]) <= {"not_due", "not_decoded"}
    assert f'"captured": {account["captured"]}' in running.output


def decoded(event: FrameEvent) -> NDArray[np.uint8]:
    assert event.image is not None
    image = cv2.imdecode(np.frombuffer(event.image, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8, copy=False)
