import pytest

from ommatid_edge.camera_condition import CameraReporter, Condition
from ommatid_edge.camera_monitor import CameraMonitor
from ommatid_schemas.events import CameraState, Tampering


@pytest.fixture
def monitor() -> CameraMonitor:
    watched = CameraMonitor("lobby-1", lambda: 7)
    watched.watch()
    return watched


def streaming(connections: int, faults: int = 0, jumps: int = 0) -> Condition:
    return Condition(CameraState.STREAMING, 5, connections, faults, clock_jumps=jumps)


def test_counts_go_on_over_the_processes_that_watch_a_camera(monitor: CameraMonitor):
    monitor.show(streaming(connections=2, faults=1, jumps=1))
    monitor.lost()
    monitor.show(streaming(connections=1, faults=2, jumps=0))

    condition = monitor.condition
    assert (condition.connections, condition.reconnects, condition.faults, condition.clock_jumps) == (3, 2, 3, 1)


def test_what_is_wrong_with_the_picture_is_in_the_status_until_its_process_is_gone(monitor: CameraMonitor):
    monitor.show(Condition(CameraState.STREAMING, 5, tampering={Tampering.MOVED: 3}))
    assert monitor.status("agent-1").tampering == {"moved": 3}

    monitor.lost()
    assert monitor.status("agent-1").tampering == {}


def test_a_camera_whose_process_is_gone_backs_off(monitor: CameraMonitor):
    monitor.show(streaming(connections=1))
    monitor.lost()

    assert (monitor.condition.state, monitor.condition.since_us) == (CameraState.BACKING_OFF, 7)


def test_what_is_told_of_a_camera_that_was_left_is_passed_over(monitor: CameraMonitor):
    monitor.leave()
    monitor.show(streaming(connections=1))
    monitor.lost()

    assert monitor.condition.state is CameraState.DISABLED


def test_each_change_of_state_is_told_once():
    told = list[CameraState]()
    monitor = CameraMonitor("lobby-1", lambda: 7, lambda it: told.append(it.condition.state))
    monitor.watch()
    monitor.show(streaming(connections=1))
    monitor.show(streaming(connections=1, faults=1))
    monitor.leave()

    assert told == [CameraState.CONNECTING, CameraState.STREAMING, CameraState.DISABLED]


@pytest.fixture
def told() -> list[Condition]:
    return []


@pytest.fixture
def reporter(told: list[Condition]) -> CameraReporter:
    return CameraReporter("lobby-1", lambda: 7, lambda _, condition: told.append(condition))


def test_a_state_is_told_at_once_and_other_news_with_the_next_flush(reporter: CameraReporter, told: list[Condition]):
    reporter.opened()
    for offset_us in range(5):
        reporter.clock(offset_us)
    assert [it.state for it in told] == [CameraState.STREAMING]

    reporter.flush()
    reporter.flush()

    assert [it.clock_offset_us for it in told] == [None, 4]


def test_a_renewed_camera_keeps_its_counts(reporter: CameraReporter):
    reporter.opened()
    reporter.clock(5, 1.5, jumps=2)
    reporter.gear("full", 2_000_000)
    reporter.tampering({Tampering.BLACK: 5})
    reporter.renew()
    reporter.clock(None, None, jumps=1)

    condition = reporter.condition
    assert (condition.state, condition.gear, condition.connections) == (CameraState.CONNECTING, "", 1)
    assert condition.clock_jumps == 3
    assert condition.tampering == {}
