import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ommatid_edge.camera_group.messages import ConditionChanged, FrameChosen, GroupSettings, OpenEvent
from ommatid_edge.camera_group.outbox import Outbox
from ommatid_edge.camera_group.running_cameras import RunningCameras
from ommatid_edge.camera_group.wire import ReportReader
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.connect_limit import NoLimit
from ommatid_edge.decoding import Decoded
from ommatid_edge.gears.onlooker import Onlooker
from ommatid_schemas.events import CameraState, Reason
from tests.unit.edge_agent.camera_plans import plan_of
from tests.unit.edge_agent.footage import NOON_US, Footage

SETTINGS = GroupSettings(0, 5.0, 10.0, 50, 0.001, 0.001, 60.0, 10.0, Path("/run/places"), 4, 1 << 20)


class StillCameras:
    """Cameras that show a still scene until they are left, and count their connections."""

    def __init__(self) -> None:
        self.urls = list[str]()
        self.open = 0
        self.most = 0
        self._lock = threading.Lock()

    @contextmanager
    def connect(
        self, plan: CameraPlan, onlooker: Onlooker, stopping: Callable[[], bool]
    ) -> "Generator[StillConnection]":
        del onlooker
        with self._lock:
            self.urls.append(plan.address.url.get_secret_value())
            self.open += 1
            self.most = max(self.most, self.open)
        try:
            yield StillConnection(stopping)
        finally:
            # Two connections at once would show, because each takes a while to close.
            time.sleep(0.02)
            with self._lock:
                self.open -= 1


class StillConnection:
    """One connection to such a camera."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def frames(self) -> Iterator[Decoded]:
        for number, frame in enumerate(Footage().still(10_000)):
            if self._stopping():
                return
            time.sleep(0.001 if number else 0.0)
            yield frame


class Bench:
    """Running cameras, and what they tell."""

    def __init__(self) -> None:
        self.site = StillCameras()
        self._outbox = Outbox(1 << 24)
        self._reader = ReportReader()
        self.cameras = RunningCameras(SETTINGS, self.site.connect, NoLimit(), self._outbox, lambda: NOON_US)
        self.conditions = list[ConditionChanged]()
        self.frames = list[FrameChosen]()

    def until(self, condition: Callable[[], bool]) -> None:
        """Listen until a condition holds; fails after ten seconds."""
        give_up_at_s = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < give_up_at_s
            self._listen()

    def streaming(self) -> list[tuple[str, int]]:
        """Cameras that told of a connection, and how many they had by then."""
        return [
            (it.camera_id, it.condition.connections)
            for it in self.conditions
            if it.condition.state is CameraState.STREAMING
        ]

    def _listen(self) -> None:
        for report in self._reader.feed(self._outbox.take(0.01) or b""):
            if isinstance(report, ConditionChanged):
                self.conditions.append(report)
            elif isinstance(report, FrameChosen):
                self.frames.append(report)


@pytest.fixture
def bench() -> Generator[Bench]:
    made = Bench()
    with capture_logs():
        yield made
        made.cameras.stop_all(10.0)
        assert made.site.open == 0


def test_a_camera_that_moves_is_left_before_it_is_connected_to_again_and_its_counts_go_on(
    bench: Bench, plan: CameraPlan
):
    bench.cameras.run(plan_of(plan, "lobby-1", "rtsp://10.0.0.1/old"))
    bench.until(lambda: ("lobby-1", 1) in bench.streaming())
    bench.cameras.run(plan_of(plan, "lobby-1", "rtsp://10.0.0.2/new"))
    bench.until(lambda: ("lobby-1", 2) in bench.streaming())

    assert bench.site.urls == ["rtsp://10.0.0.1/old", "rtsp://10.0.0.2/new"]
    assert bench.site.most == 1


def test_a_camera_that_is_left_and_taken_up_again_is_never_connected_to_twice(bench: Bench, plan: CameraPlan):
    for connections in (1, 2, 3):
        bench.cameras.run(plan)
        bench.until(lambda connections=connections: ("lobby-1", connections) in bench.streaming())
        bench.cameras.stop("lobby-1")

    assert bench.site.most == 1


def test_a_camera_that_is_left_does_not_disturb_the_others(bench: Bench, plan: CameraPlan):
    bench.cameras.run(plan_of(plan, "stays"))
    bench.cameras.run(plan_of(plan, "goes"))
    bench.until(lambda: bench.site.open == 2)
    bench.cameras.stop("goes")
    bench.until(lambda: bench.site.open == 1)

    assert len(bench.site.urls) == 2


def test_a_trigger_reaches_its_camera_only(bench: Bench, plan: CameraPlan):
    bench.cameras.run(plan_of(plan, "lobby-1"))
    bench.cameras.run(plan_of(plan, "lobby-2"))
    for camera_id in ("lobby-1", "elsewhere"):
        bench.cameras.open_event(OpenEvent(camera_id, NOON_US + 30_000_000, NOON_US))
    bench.until(lambda: sum(it.frame.reason is Reason.EVENT for it in bench.frames) >= 5)

    assert {it.frame.camera_id for it in bench.frames if it.frame.reason is Reason.EVENT} == {"lobby-1"}
