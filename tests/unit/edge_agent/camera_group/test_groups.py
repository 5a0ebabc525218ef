import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ommatid_connectors.retry_schedule import FullJitter
from ommatid_edge.backoff import RetryPolicy, SlowRetry
from ommatid_edge.camera_group.bounds import GroupBounds, RestartReason
from ommatid_edge.camera_group.fake_process import FakeProcess
from ommatid_edge.camera_group.group import CameraGroup, GroupSurroundings
from ommatid_edge.camera_group.groups import CameraGroups
from ommatid_edge.camera_group.messages import (
    Command,
    GroupSettings,
    OpenEvent,
    ReplanCamera,
    Report,
    RunCamera,
    Stop,
    StopCamera,
)
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.plan_changes import PlanChanges
from tests.unit.edge_agent.camera_plans import plan_of


class LivingProcess(FakeProcess):
    """Lives until it is told to stop, or killed."""

    def __init__(self, *, deaf: bool = False) -> None:
        super().__init__([], then="ended with exit code 0")
        self._deaf = deaf
        self._over = threading.Event()

    def send(self, command: Command) -> None:
        super().send(command)
        if isinstance(command, Stop) and not self._deaf:
            self._over.set()

    def receive(self) -> bytes | None:
        return b"" if self._over.wait(0.01) else None

    def kill(self) -> None:
        super().kill()
        self._over.set()

    def about(self) -> list[tuple[str, str]]:
        """Commands about cameras, by name and camera."""
        told = [it for it in self.commands if isinstance(it, RunCamera | ReplanCamera | StopCamera | OpenEvent)]
        return [
            (type(it).__name__, it.plan.camera_id if isinstance(it, RunCamera | ReplanCamera) else it.camera_id)
            for it in told
        ]


class Nowhere:
    """Takes nothing."""

    def take(self, report: Report) -> None:
        """Nothing is reported here."""

    def lost(self, camera_ids: Sequence[str]) -> None:
        """Nothing is lost here."""


class Bench:
    """Groups of two cameras with living processes."""

    def __init__(self) -> None:
        self.processes: dict[int, list[LivingProcess]] = {}
        self.deaf = False
        self.groups = CameraGroups(self._make, size=2)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds; fails after ten seconds."""
        assert any(condition() or threading.Event().wait(0.01) for _ in range(1000))

    def _make(self, number: int) -> CameraGroup:
        settings = GroupSettings(number, 5.0, 10.0, 50, 0.5, 30.0, 60.0, 10.0, Path("/run/places"), 4, 1 << 20)
        retry = RetryPolicy(FullJitter(0.001, 0.001), SlowRetry(1.0), steady_s=60.0)
        surroundings = GroupSurroundings(lambda: self._start(number), retry, lambda: 0.5, lambda: 0.0)
        return CameraGroup(settings, GroupBounds(1 << 30), Nowhere(), surroundings)

    def _start(self, number: int) -> LivingProcess:
        process = LivingProcess(deaf=self.deaf)
        self.processes.setdefault(number, []).append(process)
        return process

    def started(self, count: int) -> None:
        """Wait until so many processes were told their cameras."""
        self.until(lambda: sum(bool(it[-1].about()) for it in self.processes.values()) == count)


@pytest.fixture
def bench() -> Generator[Bench]:
    made = Bench()
    with capture_logs():
        yield made
        made.groups.stop(5.0)


def plans(plan: CameraPlan, *names: str) -> tuple[CameraPlan, ...]:
    return tuple(plan_of(plan, name) for name in names)


def test_changes_reach_the_groups_of_their_cameras_only(bench: Bench, plan: CameraPlan):
    bench.groups.apply(PlanChanges(started=plans(plan, "a", "b", "c", "d")))
    bench.started(2)
    bench.groups.apply(PlanChanges(updated=plans(plan, "a"), restarted=plans(plan, "c")))
    bench.groups.open_event(OpenEvent("d", 2, 1))
    bench.groups.open_event(OpenEvent("elsewhere", 2, 1))

    first, second = (bench.processes[number][0].about() for number in (0, 1))
    assert first == [("RunCamera", "a"), ("RunCamera", "c"), ("RunCamera", "c"), ("ReplanCamera", "a")]
    assert second == [("RunCamera", "b"), ("RunCamera", "d"), ("OpenEvent", "d")]


def test_a_group_that_lost_its_last_camera_is_ended_and_its_restarts_still_count(bench: Bench, plan: CameraPlan):
    bench.groups.apply(PlanChanges(started=plans(plan, "a", "b", "c")))
    bench.started(2)
    bench.processes[1][0].kill()
    bench.until(lambda: len(bench.processes[1]) == 2)
    bench.groups.apply(PlanChanges(removed=("b",)))
    bench.until(lambda: Stop() in bench.processes[1][1].commands)

    assert [condition.number for condition in bench.groups.conditions()] == [0]
    assert bench.groups.restarts() == {RestartReason.CRASHED: 1}
    assert bench.groups.dead_threads() == []


def test_processes_that_do_not_stop_are_killed(bench: Bench, plan: CameraPlan):
    bench.deaf = True
    bench.groups.apply(PlanChanges(started=plans(plan, "a")))
    bench.started(1)

    bench.groups.stop(0.05)

    assert bench.processes[0][0].killed
