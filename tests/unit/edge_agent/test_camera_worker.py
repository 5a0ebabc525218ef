import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.backoff import RetryPolicy, SlowRetry
from ommatid_edge.camera_condition import CameraReporter
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.camera_worker import CameraWorker, Surroundings
from ommatid_edge.chosen_frame import ChosenFrame, FrameOutlet, InMemoryOutlet
from ommatid_edge.connect_limit import ConnectLimit, NoLimit, Release
from ommatid_edge.errors import CameraUnauthorisedError, CameraUnreachableError, StreamEndedError, StreamStalledError
from ommatid_edge.fake_camera import FakeCamera, Session
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_schemas.events import CameraState
from tests.unit.edge_agent.footage import NOON_US, Footage

ENDED = StreamEndedError("camera lobby-1 at rtsp://***@10.0.0.7/main: ended")
QUICK = RetryPolicy(FullJitter(0.002, 0.002), SlowRetry(0.004), steady_s=10.0)


class Bench:
    """A worker with a scripted camera."""

    def __init__(self, plan: CameraPlan, board: TriggerBoard, stop: threading.Event) -> None:
        self.states = list[CameraState]()
        self.outlet = InMemoryOutlet()
        self.reporter = CameraReporter("lobby-1", lambda: NOON_US, lambda _, it: self.states.append(it.state))
        self._plan = plan
        self._board = board
        self._handler = FrameHandler(plan, self.outlet, board, self.reporter)
        self._stop = stop

    def use(self, outlet: FrameOutlet) -> None:
        """Hand frames to another outlet."""
        self._handler = FrameHandler(self._plan, outlet, self._board, self.reporter)

    def replan(self, **values: Any) -> None:
        """Change numbers of the camera while it runs."""
        self._worker.replan(replace(self._plan, **values))

    def run(self, sessions: Sequence[Session], draw: float = 0.5, limit: ConnectLimit | None = None) -> FakeCamera:
        camera = FakeCamera(sessions, self._stop)
        outside = Surroundings(camera.connect, limit or NoLimit(), QUICK, lambda: draw, lambda: 0.0, self._stop)
        self._worker = CameraWorker(self._plan, self.reporter, self._handler, outside)
        self._worker.run()
        return camera


@pytest.fixture
def bench(plan: CameraPlan, board: TriggerBoard, stop: threading.Event) -> Bench:
    return Bench(plan, board, stop)


def test_a_dropped_connection_is_opened_again_and_counted(bench: Bench, footage: Footage):
    camera = bench.run([Session(footage.still(3), then=ENDED), Session(footage.still(3, start=3))])

    assert camera.connections == 2
    assert bench.reporter.condition.reconnects == 1
    assert bench.outlet.total == 6


def test_the_states_of_a_stall_are_reported_in_order(bench: Bench, footage: Footage):
    stalled = StreamStalledError("camera lobby-1: silent")
    bench.run([Session(footage.still(1), then=stalled), Session(footage.still(1, start=1))])

    assert bench.states[:4] == [
        CameraState.STREAMING,
        CameraState.STALLED,
        CameraState.CONNECTING,
        CameraState.STREAMING,
    ]


def test_a_refused_password_is_a_state_of_its_own_and_is_tried_again_slowly(bench: Bench):
    refused = CameraUnauthorisedError("camera lobby-1: refused")
    with capture_logs() as logs:
        bench.run([Session(refused=refused)])

    assert bench.states[0] is CameraState.UNAUTHORISED
    assert [line["event"] for line in logs] == ["camera unavailable"]


def test_failures_in_a_row_are_counted_for_the_back_off(bench: Bench):
    unreachable = CameraUnreachableError("camera lobby-1: no answer")
    with capture_logs() as logs:
        bench.run([Session(refused=unreachable)] * 4)

    assert [line["failures"] for line in logs] == [1, 2, 3, 4]


def test_a_camera_that_accepts_and_drops_at_once_does_not_reset_the_back_off(bench: Bench, footage: Footage):
    with capture_logs() as logs:
        bench.run([Session(footage.still(1, start=n), then=ENDED) for n in range(3)])

    assert [line["failures"] for line in logs if "failures" in line] == [1, 2, 3]


def test_an_unforeseen_fault_costs_one_connection_and_shows_no_password(bench: Bench, footage: Footage):
    fault = RuntimeError("cannot read rtsp://ommatid:s3cret@10.0.0.7/main")
    with capture_logs() as logs:
        camera = bench.run([Session(footage.still(1), then=fault), Session(footage.still(1, start=1))])

    assert camera.connections == 2
    assert bench.reporter.condition.faults == 1
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["agent fault at camera"]
    assert "s3cret" not in str(logs)


def test_state_of_sampling_survives_a_reconnect(bench: Bench, footage: Footage):
    bench.run([Session(footage.still(5), then=ENDED), Session(footage.still(5, start=5))])

    # One baseline frame in all: the second connection does not begin a new interval.
    assert len(bench.outlet.frames) == 1


class NarrowDoor:
    """Lets a caller in or not as its script says, then everybody; keeps what it saw."""

    def __init__(self, bench: Bench, script: Sequence[bool] = ()) -> None:
        self._bench = bench
        self._script = iter(script)
        self.turned_away = list[tuple[CameraState, str, int]]()
        self.held = 0

    def take(self, site: str, failures: int) -> Release | None:
        if next(self._script, True):
            self.held += 1
            return self._give_back
        self.turned_away.append((self._bench.reporter.condition.state, site, failures))
        return None

    def _give_back(self) -> None:
        self.held -= 1


def test_a_camera_that_waits_for_a_place_keeps_its_state_and_is_not_counted_as_failed(bench: Bench):
    unreachable = CameraUnreachableError("camera lobby-1: no answer")
    door = NarrowDoor(bench, [True, False, False, True])
    with capture_logs() as logs:
        bench.run([Session(refused=unreachable)] * 2, draw=-0.5, limit=door)

    assert door.turned_away == [(CameraState.BACKING_OFF, "", 1)] * 2
    assert [line["failures"] for line in logs] == [1, 2]


def test_changed_numbers_count_from_the_next_frame_and_the_next_connection_on(bench: Bench, footage: Footage):
    door = NarrowDoor(bench, [True, False])

    class Editing(InMemoryOutlet):
        def chosen(self, frame: ChosenFrame) -> None:
            super().chosen(frame)
            bench.replan(site="dock", jpeg=JpegSettings(max_width_px=64))

    outlet = Editing()
    bench.use(outlet)
    later = footage.still(1, start=400)
    with capture_logs():
        bench.run([Session(footage.still(1), then=ENDED), Session(later, then=ENDED)], limit=door)

    assert [site for _, site, _ in door.turned_away] == ["dock"]
    assert [frame.width_px for frame in outlet.frames] == [133, 64]


def test_a_place_is_given_back_as_soon_as_the_stream_is_open_or_refused(bench: Bench, footage: Footage):
    door = NarrowDoor(bench)
    held = list[int]()

    class Watching(InMemoryOutlet):
        def chosen(self, frame: ChosenFrame) -> None:
            super().chosen(frame)
            held.append(door.held)

    bench.use(Watching())
    with capture_logs():
        bench.run([Session(refused=CameraUnreachableError("no")), Session(footage.still(1), then=ENDED)], limit=door)

    assert held == [0]
    assert door.held == 0
