"""Every fault of the simulator at one camera each, all at the same time, in front of one agent.

The faults strike together as soon as every camera streams; each test then looks at what became of one of them.
"""

import ssl
import time
from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ommatid_edge.simulator import (
    CameraBehaviour,
    CameraServer,
    Codec,
    Encoding,
    Fault,
    SimulatedCamera,
    background_server,
)
from ommatid_edge.simulator.certificate import self_signed
from ommatid_schemas.events import CameraState, Clock, FrameEvent, Reason
from tests.services.edge_agent.agent_process import agent
from tests.services.edge_agent.conftest import PASSWORD
from tests.services.edge_agent.fault_watch import Day, watching
from tests.services.edge_agent.sites import Site

SECRETS = (PASSWORD, "p%40ss", "wr0ng-s3cret")
LEFT_HALF = [0.0, 0.0, 0.5, 0.0, 0.5, 1.0, 0.0, 1.0]
STALL_S = 3.0
BACKOFF_CAP_S = 0.5
UNAUTHORISED_RETRY_S = 1.0
SETTINGS = {
    "OMMATID_EDGE_STALL_TIMEOUT_S": str(STALL_S),
    "OMMATID_EDGE_OPEN_TIMEOUT_S": "2",
    "OMMATID_EDGE_BACKOFF_BASE_S": "0.1",
    "OMMATID_EDGE_BACKOFF_CAP_S": str(BACKOFF_CAP_S),
    "OMMATID_EDGE_UNAUTHORISED_RETRY_S": str(UNAUTHORISED_RETRY_S),
    "OMMATID_EDGE_UNDECODABLE_PACKETS": "30",
    "OMMATID_EDGE_STATUS_INTERVAL_S": "1",
    "OMMATID_EDGE_PER_CAMERA_METRICS": "true",
    "OMMATID_LOG_FORMAT": "json",
}
SMALL = Encoding(size_px=(320, 240), length_s=4.0)
HEALTHY = {codec.value: Encoding(codec, (320, 240), length_s=4.0) for codec in Codec}


@dataclass(frozen=True)
class Break:
    """A fault that ends a connection.

    Attributes:
        faults: What strikes, in this order, with its amount.
        state: State that the camera must be seen in.
        says: Part of the reason in the agent's log.
    """

    faults: tuple[tuple[Fault, float | None], ...]
    state: CameraState
    says: str


FIN = (Fault.FIN, None)
CLOSED = "expected an endless stream, found the connection closed; connecting again"
BREAKS = {
    "fin": Break((FIN,), CameraState.BACKING_OFF, CLOSED),
    "rst": Break(((Fault.RST, None),), CameraState.BACKING_OFF, CLOSED),
    "bye": Break(((Fault.BYE, None),), CameraState.BACKING_OFF, CLOSED),
    "tls-rst": Break(
        ((Fault.RST, None),), CameraState.BACKING_OFF, "expected an endless stream, found an input/output"
    ),
    "stall": Break(((Fault.STALL, None),), CameraState.STALLED, "; connecting again"),
    "mute": Break(((Fault.MUTE, None), FIN), CameraState.BACKING_OFF, "found none after"),
    "slow": Break(((Fault.SLOW, 30.0), FIN), CameraState.BACKING_OFF, "found none after"),
    "unauthorised": Break(
        ((Fault.UNAUTHORISED, None), FIN), CameraState.UNAUTHORISED, "found a refusal (401 or 403); trying again slowly"
    ),
    "not-found": Break(((Fault.NOT_FOUND, None), FIN), CameraState.BACKING_OFF, "found none (404); trying again"),
    "bad-sdp": Break(((Fault.BAD_SDP, None), FIN), CameraState.BACKING_OFF, "trying again, check"),
    "codec": Break(((Fault.CODEC, None),), CameraState.BACKING_OFF, "expected packets of the announced codec, found"),
}
"""Cameras whose connection ends, by name."""

GARBLED: dict[str, tuple[tuple[Fault, float | None], ...]] = {
    "random-bytes": ((Fault.RANDOM_BYTES, None),),
    "bogus-length": ((Fault.BOGUS_LENGTH, None),),
}
"""Cameras whose client finds its place in the stream again or gives the connection up, as chance will have it."""

STAYS: dict[str, tuple[tuple[Fault, float | None], ...]] = {
    "loss": ((Fault.LOSS, 0.1),),
    "bit-flips": ((Fault.BIT_FLIPS, 0.1),),
    "resolution": ((Fault.RESOLUTION, 0.5),),
    "clock-skew": ((Fault.CLOCK_SKEW, -3_600.0),),
    "clock-jump": ((Fault.CLOCK_JUMP, -60.0),),
    "key-frames": ((Fault.KEY_FRAMES, 4.0),),
    "bit-rate": ((Fault.BIT_RATE, 300_000.0),),
}
"""Cameras whose connection goes on."""

REOPENED: dict[str, tuple[tuple[Fault, float | None], ...]] = {
    "no-sender-report": ((Fault.NO_SENDER_REPORT, None), FIN),
    "timestamp-wrap": ((Fault.TIMESTAMP_WRAP, 2.0), FIN),
    "late": ((Fault.SLOW, 0.1), FIN),
}
"""Cameras whose fault shows in the next connection only."""

STRIKES = {name: it.faults for name, it in BREAKS.items()} | GARBLED | STAYS | REOPENED


def in_fleet(name: str, url: str) -> dict[str, Any]:
    """A camera as the fleet file has it."""
    camera = {"url": url.replace("://", "://{CAMERA_USER}:{CAMERA_PASSWORD}@"), "tls_verify": False}
    return camera | ({"privacy_masks": [LEFT_HALF]} if name == "resolution" else {})


@pytest.fixture(scope="module")
def day(site: Site, secrets: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Generator[Day]:
    behaviour = CameraBehaviour(sender_report_period_s=0.5)
    encodings = dict.fromkeys((*BREAKS, *GARBLED, *STAYS, *REOPENED), SMALL) | HEALTHY
    cameras = [
        # Whatever moves in an empty street is damage.
        SimulatedCamera(name, "empty" if name == "loss" else "street", 0.0, behaviour, encoding)
        for name, encoding in encodings.items()
    ]
    folder, cache = tmp_path_factory.mktemp("agent"), tmp_path_factory.mktemp("footage")

    def server(tls: ssl.SSLContext | None) -> CameraServer:
        return CameraServer(cameras, username="ommatid", password=PASSWORD, cache=cache, tls=tls)

    with (
        background_server(server(None)) as plain,
        background_server(server(self_signed("127.0.0.1").server_context())) as tls,
        watching(site) as watch,
    ):
        servers = {name: tls if name.startswith("tls") else plain for name in encodings}
        fleet = site.fleet({name: in_fleet(name, server.url(name)) for name, server in servers.items()})
        with agent(folder, fleet, {**secrets, **SETTINGS}) as running:
            day = Day(running, watch, servers)
            for camera in encodings:
                day.until(camera, lambda camera=camera: watch.frames(camera))
            for camera, faults in STRIKES.items():
                for fault, amount in faults:
                    day.switch(camera, fault, amount)
            yield day


@pytest.mark.parametrize("camera", BREAKS)
def test_a_broken_connection_has_its_state_and_is_opened_again_once_the_fault_is_gone(day: Day, camera: str):
    expected = BREAKS[camera]

    day.until(camera, lambda: expected.state in day.watch.states(camera))
    if camera != "codec":  # the other codec stays: a new connection gets the description that goes with it
        day.clear(camera)
    day.until(camera, lambda: day.account(camera)["reconnects"] == 1)
    day.goes_on(camera)

    outages = [it for it in day.warnings(camera) if it["event"] == "camera unavailable"]
    assert expected.says in outages[len(expected.faults) - 1]["reason"]
    longest_s = 1.25 * UNAUTHORISED_RETRY_S if expected.state is CameraState.UNAUTHORISED else BACKOFF_CAP_S
    assert max(it["retry_in_s"] for it in outages) <= longest_s + 0.05
    day.until(camera, lambda: day.watch.last(camera) == (CameraState.STREAMING, 1))
    assert day.metric("ommatid_edge_reconnects_total", camera) == 1.0


@pytest.mark.parametrize("camera", GARBLED)
def test_garbage_in_the_stream_is_got_over_with_or_without_another_connection(day: Day, camera: str):
    day.goes_on(camera)

    assert day.account(camera)["reconnects"] <= 1


@pytest.mark.parametrize("camera", STAYS)
def test_a_fault_that_leaves_the_connection_leaves_the_frames(day: Day, camera: str):
    day.goes_on(camera)

    assert day.account(camera)["reconnects"] == 0
    assert day.watch.states(camera) <= {CameraState.DISABLED, CameraState.CONNECTING, CameraState.STREAMING}


@pytest.mark.parametrize("camera", REOPENED)
def test_a_fault_that_shows_in_the_next_connection_does_not_keep_the_camera_away(day: Day, camera: str):
    day.until(camera, lambda: day.account(camera)["reconnects"] == 1)
    day.goes_on(camera)

    assert day.account(camera)["reconnects"] == 1


@pytest.mark.parametrize("camera", ["loss", "bit-flips"])
def test_damaged_frames_are_counted_and_not_published(day: Day, camera: str):
    day.until(camera, lambda: {"corrupt_frame", "undecodable_packet"} & day.account(camera)["dropped"].keys())


def test_what_follows_a_lost_packet_is_not_taken_for_motion(day: Day):
    # Not so with inverted bits: some of them are valid video that shows something else.
    day.goes_on("loss")

    assert {it.reason for it in day.watch.frames("loss")} <= {Reason.BASELINE, Reason.SHADOW}


def test_frames_have_the_size_that_the_camera_changed_to_and_the_mask_stays_where_it_was(day: Day):
    sizes = {(320, 240), (160, 120)}
    day.until("resolution", lambda: {(it.width, it.height) for it in day.watch.frames("resolution")} == sizes)

    for frame in day.watch.frames("resolution"):
        picture = decoded(frame)
        assert picture.shape[:2] == (frame.height, frame.width)
        # JPEG codes blocks of 16 pixels, and the one at the edge of the mask mixes both sides.
        edge_px = frame.width // 2
        assert picture[:, : edge_px - 16].max() <= 12
        assert picture[:, edge_px + 16 :].mean() > 30


def decoded(frame: FrameEvent) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 BGR."""
    picture = cv2.imdecode(np.frombuffer(frame.image or b"", np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


@pytest.mark.parametrize(("camera", "offset_s"), [("clock-skew", -3_600.0), ("clock-jump", -60.0)])
def test_a_wrong_clock_is_measured_reported_and_not_used_until_it_is_right_again(
    day: Day, camera: str, offset_s: float
):
    def last_clock() -> Clock:
        return day.watch.frames(camera)[-1].clock

    day.until(camera, lambda: last_clock() is Clock.ARRIVAL)
    assert day.metric("ommatid_edge_clock_offset_seconds", camera) == pytest.approx(offset_s, abs=10.0)
    day.until(camera, lambda: day.metric("ommatid_edge_clock_jumps_total", camera) == 1.0)
    day.until(camera, lambda: len(day.warnings(camera)) >= 2)
    assert [it["event"] for it in day.warnings(camera)] == ["camera clock not trusted", "camera clock jumped"]

    day.clear(camera)
    day.until(camera, lambda: last_clock() is Clock.RTCP)
    assert all(abs(it.captured_at_us - it.published_at_us) < 30e6 for it in day.watch.frames(camera))


def test_without_sender_reports_frames_have_their_time_of_arrival(day: Day):
    day.until("no-sender-report", lambda: day.watch.frames("no-sender-report")[-1].clock is Clock.ARRIVAL)


def test_capture_times_are_right_across_a_wrap_of_timestamps(day: Day):
    day.until("timestamp-wrap", lambda: day.account("timestamp-wrap")["reconnects"] == 1)
    reopened_us = time.time_ns() // 1000
    day.until("timestamp-wrap", lambda: day.watch.frames("timestamp-wrap")[-1].captured_at_us > reopened_us + 4_000_000)

    frames = day.watch.frames("timestamp-wrap")
    assert {it.clock for it in frames} == {Clock.RTCP}
    assert all(0 < it.published_at_us - it.captured_at_us < 30e6 for it in frames)


def test_key_frames_too_far_apart_are_noticed_and_everything_is_decoded(day: Day):
    day.until(
        "key-frames",
        lambda: day.metric("ommatid_edge_key_frame_distance_seconds", "key-frames") == pytest.approx(4.0, abs=0.5),
    )
    day.until(
        "key-frames",
        lambda: any(it["event"] == "every frame is decoded" for it in day.warnings("key-frames")),
    )


@pytest.mark.parametrize("camera", HEALTHY)
def test_a_healthy_camera_is_not_disturbed(day: Day, camera: str):
    for other in BREAKS:
        day.until(other, lambda other=other: day.account(other)["reconnects"] >= 1)
    day.goes_on(camera)

    assert day.warnings(camera) == []
    assert day.account(camera)["reconnects"] == 0
    assert day.account(camera)["dropped"].keys() <= {"not_due", "not_decoded"}
    assert longest_gap_s(day.watch.frames(camera)) < STALL_S


def longest_gap_s(frames: list[FrameEvent]) -> float:
    return max(later.captured_at_us - earlier.captured_at_us for earlier, later in pairwise(frames)) / 1e6


def test_no_fault_is_a_fault_of_the_agent_and_every_frame_is_accounted_for_without_a_password_anywhere(day: Day):
    faults = {camera: day.metric("ommatid_edge_faults_total", camera) for camera in day.servers}
    assert set(faults.values()) == {0.0}
    assert not [it for group in day.running.account["groups"] for it in group["restarts"]]

    assert not [secret for secret in SECRETS if secret in day.metrics()]

    assert day.running.stop() == 0

    account = day.running.account
    assert account["pending"] == 0
    assert account["captured"] == account["published"] + sum(account["dropped"].values())
    for path in day.running.folder.iterdir():
        assert not [secret for secret in SECRETS if secret in path.read_text()], path
