import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import av
import pytest
from av.error import HTTPNotFoundError, HTTPUnauthorizedError

from ommatid_edge.simulator import CameraServer
from tests.services.simulator.conftest import SHORT_FRAMES
from tests.services.simulator.rtsp_client import OPTIONS, watch

# How far a capture time may be from our clock before a test fails; wide, since it is about being right and not fast.
TOLERANCE_S = 30.0


def test_the_right_password_shows_the_footage(camera_server: CameraServer) -> None:
    seen = watch(camera_server.url("camera-1", with_credentials=True), frames=3)

    assert seen.sizes == [(768, 576)] * 3
    assert seen.corrupt == 0


def test_a_wrong_password_is_refused(camera_server: CameraServer) -> None:
    url = camera_server.url("camera-1").replace("rtsp://", "rtsp://ommatid:wrong@")

    with pytest.raises(HTTPUnauthorizedError):
        av.open(url, options=OPTIONS)


def test_no_password_is_refused(camera_server: CameraServer) -> None:
    with pytest.raises(HTTPUnauthorizedError):
        av.open(camera_server.url("camera-1"), options=OPTIONS)


def test_an_unknown_path_is_not_found(camera_server: CameraServer) -> None:
    with pytest.raises(HTTPNotFoundError):
        av.open(camera_server.url("camera-99", with_credentials=True), options=OPTIONS)


def test_every_packet_tells_its_capture_time(short_server: CameraServer) -> None:
    before_s = time.time()

    seen = watch(short_server.url("plain"), frames=8)

    assert len(seen.captured_s) >= 8
    assert before_s - 0.001 <= seen.captured_s[0]
    assert all(captured <= arrived + 0.001 for captured, arrived in zip(seen.captured_s, seen.arrived_s, strict=True))


def test_capture_times_are_one_frame_apart(short_server: CameraServer) -> None:
    seen = watch(short_server.url("plain"), frames=8)

    assert [later - earlier for earlier, later in pairwise(seen.captured_s)] == pytest.approx([0.04] * 7, abs=0.001)


def test_a_skewed_clock_reaches_the_client(short_server: CameraServer) -> None:
    seen = watch(short_server.url("behind"), frames=2)

    assert seen.captured_s[0] - seen.arrived_s[0] == pytest.approx(-3_600.0, abs=TOLERANCE_S)


def test_without_sender_reports_there_is_no_capture_time(short_server: CameraServer) -> None:
    assert watch(short_server.url("timeless"), frames=3).captured_s == []


def test_the_clip_starts_over_without_a_break(short_server: CameraServer) -> None:
    seen = watch(short_server.url("plain"), frames=4 * SHORT_FRAMES)

    assert len(seen.sizes) == 4 * SHORT_FRAMES
    assert [later - earlier for earlier, later in pairwise(seen.pts_s[1:])] == pytest.approx([0.04] * 18, abs=0.001)
    assert seen.corrupt == 0


def test_capture_times_are_right_across_the_wrap_of_timestamps(short_server: CameraServer) -> None:
    seen = watch(short_server.url("wrapping"), frames=3 * SHORT_FRAMES)

    steps = [later - earlier for earlier, later in pairwise(seen.captured_s)]
    assert steps == pytest.approx([0.04] * len(steps), abs=0.001)


def test_several_clients_watch_at_once(camera_server: CameraServer) -> None:
    names = ["camera-1", "camera-2", "camera-3", "camera-4", "camera-1", "camera-2"]
    urls = [camera_server.url(name, with_credentials=True) for name in names]
    with ThreadPoolExecutor(len(urls)) as clients:
        playbacks = list(clients.map(watch, urls, [3] * len(urls)))

    assert [len(seen.sizes) for seen in playbacks] == [3] * 6
    assert sum(seen.corrupt for seen in playbacks) == 0
