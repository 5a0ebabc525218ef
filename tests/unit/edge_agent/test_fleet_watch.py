from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.fleet_watch import FleetFile, Watched, look
from ommatid_edge.live_plan import LivePlan
from ommatid_edge.plan_changes import PlanChanges
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import KafkaConnection
from tests.unit.edge_agent.camera_plans import plan_of


def test_a_new_content_is_loaded_when_it_was_seen_twice():
    state, load = look(Watched("old"), "new", at_once=False)
    assert not load

    state, load = look(state, "new", at_once=False)
    assert load
    assert look(state, "new", at_once=False) == (Watched("new"), False)


def test_a_file_that_is_still_being_written_is_left_alone():
    state = Watched("old")
    for digest in ("half", "more", "whole"):
        state, load = look(state, digest, at_once=False)
        assert not load


def test_an_operator_can_have_it_loaded_at_once():
    assert look(Watched("old"), "new", at_once=True) == (Watched("new"), True)
    assert look(Watched("old"), "old", at_once=True) == (Watched("old"), False)


class Fleet:
    """A fleet file of one line: the names of its cameras."""

    def __init__(self, path: Path, plan: CameraPlan) -> None:
        self.path = path
        self._plan = plan
        self.registry = CollectorRegistry()
        self.write("a b")
        self.live = LivePlan(self.load(), FleetFile(path, self.load), self.registry)

    def write(self, names: str) -> None:
        self.path.write_text(names)

    def load(self) -> AgentPlan:
        if not self.path.exists() or self.path.read_text() == "broken":
            raise ConfigurationError("cameras.a: expected a camera, found none")
        cameras = tuple(plan_of(self._plan, name) for name in self.path.read_text().split())
        return AgentPlan("eu-west", KafkaConnection(bootstrap="localhost:9092"), cameras, ())

    def metric(self, name: str) -> float | None:
        return self.registry.get_sample_value(name)


@pytest.fixture
def fleet(tmp_path: Path, plan: CameraPlan) -> Fleet:
    return Fleet(tmp_path / "fleet.yaml", plan)


def test_a_changed_file_is_taken_over_by_its_differences(fleet: Fleet, plan: CameraPlan):
    fleet.write("a c")
    with capture_logs() as logs:
        first, second = fleet.live.poll(at_once=True), fleet.live.poll(at_once=True)

    assert first == PlanChanges(started=(plan_of(plan, "c"),), removed=("b",))
    assert not second
    assert [(line["started"], line["removed"]) for line in logs] == [(["c"], ["b"])]


@pytest.mark.parametrize("content", ["broken", None], ids=["faulty", "gone"])
def test_a_faulty_file_is_refused_once_and_the_old_plan_stays(fleet: Fleet, content: str | None):
    fleet.path.unlink()
    if content is not None:
        fleet.write(content)
    with capture_logs() as logs:
        for _ in range(4):
            assert not fleet.live.poll(at_once=False)

    assert [camera.camera_id for camera in fleet.live.plan.cameras] == ["a", "b"]
    assert [line["event"] for line in logs] == ["fleet file refused"]
    assert "expected a camera, found none; cameras go on with the last good file" in logs[0]["reason"]
    assert fleet.metric("ommatid_edge_fleet_file_refused") == 1
    assert fleet.metric("ommatid_edge_fleet_file_refusals_total") == 1


def test_a_mended_file_ends_the_refusal(fleet: Fleet):
    with capture_logs():
        fleet.write("broken")
        fleet.live.poll(at_once=True)
        fleet.write("a b")
        fleet.live.poll(at_once=True)

    assert fleet.metric("ommatid_edge_fleet_file_refused") == 0
