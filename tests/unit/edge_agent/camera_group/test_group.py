from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.backoff import RetryPolicy, SlowRetry
from ommatid_edge.camera_group.bounds import GroupBounds, RestartReason, judge
from ommatid_edge.camera_group.fake_process import FakeProcess, FakeProcesses
from ommatid_edge.camera_group.group import CameraGroup, GroupSurroundings
from ommatid_edge.camera_group.messages import (
    Alive,
    Begin,
    FramesDropped,
    GroupSettings,
    OpenEvent,
    Report,
    RunCamera,
    Stop,
)
from ommatid_edge.camera_group.wire import MalformedReportError
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_selection import DropReason
from tests.unit.edge_agent.camera_plans import plan_of

SETTINGS = GroupSettings(3, 5.0, 10.0, 50, 0.5, 30.0, 60.0, 10.0, Path("/run/places"), 4, 1 << 20)
BOUNDS = GroupBounds(memory_bytes=300 << 20, silence_s=30.0)
QUICK = RetryPolicy(FullJitter(0.001, 0.001), SlowRetry(1.0), steady_s=60.0)
ALIVE = Alive(200 << 20, 1.5, 4)
QUOTES_A_URL = "cannot count rtsp://ommatid:s3cret@10.0.0.7/main"
DROPPED = FramesDropped({"lobby-1": {DropReason.NOT_DUE: 7}})


class ListInbox:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.losses: list[Sequence[str]] = []

    def take(self, report: Report) -> None:
        if isinstance(report, FramesDropped) and "broken" in report.counts:
            raise RuntimeError(QUOTES_A_URL)
        if isinstance(report, FramesDropped) and "unknown" in report.counts:
            raise MalformedReportError("camera group: expected a camera it watches; restarting the group")
        self.reports.append(report)

    def lost(self, camera_ids: Sequence[str]) -> None:
        self.losses.append(camera_ids)


class Bench:
    """A group with scripted processes; each reading of the clock is a second after the last."""

    def __init__(self, *processes: FakeProcess) -> None:
        self._now_s = 0.0
        self.refusals = 0
        self._script = script = FakeProcesses(processes)
        self.inbox = ListInbox()
        surroundings = GroupSurroundings(self._start, QUICK, lambda: 0.5, self._clock)
        self.group = CameraGroup(SETTINGS, BOUNDS, self.inbox, surroundings)
        script.over = self.group.stop

    def run(self) -> Sequence[MutableMapping[str, Any]]:
        """Run until the script is over; returns the log."""
        with capture_logs() as logs:
            self.group.run()
        return logs

    @property
    def restarts(self) -> Mapping[RestartReason, int]:
        return self.group.condition.restarts

    def _start(self) -> FakeProcess:
        self.refusals -= 1
        if self.refusals >= 0:
            raise OSError(11, "out of processes")
        return self._script.start()

    def _clock(self) -> float:
        self._now_s += 1.0
        return self._now_s


def test_a_process_is_told_its_settings_and_cameras_first(plan: CameraPlan):
    process = FakeProcess([])
    bench = Bench(process)
    bench.group.run_camera(plan)
    bench.run()

    assert process.commands == [Begin(SETTINGS), RunCamera(plan)]


def test_reports_go_to_the_inbox():
    bench = Bench(FakeProcess([ALIVE, DROPPED]))
    bench.run()

    assert bench.inbox.reports == [DROPPED]


def test_a_crash_costs_the_groups_cameras_is_counted_and_mended(plan: CameraPlan):
    second = FakeProcess([DROPPED])
    bench = Bench(FakeProcess([], then="killed by SIGSEGV"), second)
    bench.group.run_camera(plan)
    logs = bench.run()

    assert second.commands == [Begin(SETTINGS), RunCamera(plan)]
    assert bench.restarts == {RestartReason.CRASHED: 2}
    assert bench.inbox.losses[0] == ("lobby-1",)
    assert "found it killed by SIGSEGV; its 1 camera(s) connect again" in logs[0]["reason"]


def test_the_next_process_gets_the_latest_plans_and_triggers(plan: CameraPlan):
    edited, other = replace(plan, group="yard"), plan_of(plan, "lobby-2")
    process = FakeProcess([])
    bench = Bench(process)
    bench.group.run_camera(plan)
    bench.group.run_camera(other)
    bench.group.replan(edited)
    bench.group.open_event(OpenEvent("lobby-1", 10, 5))
    bench.group.open_event(OpenEvent("lobby-1", 20, 15))
    bench.group.stop_camera("lobby-2")
    bench.run()

    assert process.commands == [Begin(SETTINGS), RunCamera(edited), OpenEvent("lobby-1", 20, 15)]


def test_a_trigger_of_an_unknown_camera_is_passed_over():
    process = FakeProcess([])
    bench = Bench(process)
    bench.group.open_event(OpenEvent("elsewhere", 10, 5))
    bench.run()

    assert process.commands == [Begin(SETTINGS)]


def test_a_process_that_grows_beyond_its_bound_is_asked_to_end_and_replaced():
    process = FakeProcess([Alive(301 << 20, 1.0, 4), DROPPED])
    bench = Bench(process)
    logs = bench.run()

    assert process.commands == [Begin(SETTINGS), Stop()]
    assert not process.killed
    assert bench.inbox.reports == [DROPPED]
    assert bench.restarts == {RestartReason.MEMORY: 1}
    assert "expected at most 300 MiB" in logs[0]["reason"]
    assert "found 301 MiB of memory" in logs[0]["reason"]


def test_a_process_that_does_not_end_when_asked_is_killed():
    process = FakeProcess([Alive(301 << 20, 1.0, 4), *[None] * 10, DROPPED])
    bench = Bench(process)
    bench.run()

    assert process.killed
    assert bench.inbox.reports == []


def test_a_silent_process_is_killed_and_replaced():
    process = FakeProcess([ALIVE, *[None] * 40, DROPPED])
    bench = Bench(process)
    bench.run()

    assert process.killed
    assert bench.restarts == {RestartReason.SILENT: 1}


def test_a_process_that_talks_nonsense_is_killed_and_replaced():
    for nonsense in (b"\xff" * 8, FramesDropped({"unknown": {DropReason.NOT_DUE: 1}})):
        process = FakeProcess([nonsense, DROPPED])
        bench = Bench(process)
        bench.run()

        assert process.killed
        assert bench.restarts == {RestartReason.MALFORMED: 1}


def test_a_fault_of_the_agent_at_a_report_costs_the_process_but_not_the_group():
    process = FakeProcess([FramesDropped({"broken": {DropReason.NOT_DUE: 1}})])
    bench = Bench(process, FakeProcess([DROPPED]))
    logs = bench.run()

    assert process.killed
    assert bench.inbox.reports == [DROPPED]
    assert bench.restarts == {RestartReason.AGENT_FAULT: 1, RestartReason.CRASHED: 1}
    assert "s3cret" not in str(logs)


def test_a_process_that_cannot_be_started_is_tried_again():
    bench = Bench(FakeProcess([DROPPED]))
    bench.refusals = 2
    logs = bench.run()

    assert bench.inbox.reports == [DROPPED]
    assert bench.restarts == {RestartReason.NOT_STARTED: 2, RestartReason.CRASHED: 1}
    assert "found it not to be started (out of processes)" in logs[0]["reason"]


def test_within_its_bounds_a_process_is_left_alone():
    assert judge(BOUNDS, None, 0.0) is None
    assert judge(BOUNDS, Alive(BOUNDS.memory_bytes, 1.0, 1), BOUNDS.silence_s) is None
