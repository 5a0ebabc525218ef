from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.jpeg import JpegSettings
from ommatid_edge.plan_changes import PlanChanges, check_same_brokers, plan_changes
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import KafkaConnection
from tests.unit.edge_agent.camera_plans import plan_of

KAFKA = KafkaConnection(bootstrap="localhost:9092")
names = st.sampled_from(["a", "b", "c", "d", "e"])


def agent_plan(*cameras: CameraPlan, disabled: tuple[str, ...] = ()) -> AgentPlan:
    return AgentPlan("eu-west", KAFKA, cameras, disabled)


def test_the_same_plan_changes_nothing(plan: CameraPlan):
    same = agent_plan(plan_of(plan, "a"), disabled=("off",))

    assert not plan_changes(same, same)


def test_cameras_that_come_and_go_leave_the_others_alone(plan: CameraPlan):
    stays, new = plan_of(plan, "stays"), plan_of(plan, "new")

    changes = plan_changes(agent_plan(stays, plan_of(plan, "old")), agent_plan(stays, new))

    assert changes == PlanChanges(started=(new,), removed=("old",))


def test_numbers_apply_in_place(plan: CameraPlan):
    edited = replace(
        plan,
        jpeg=JpegSettings(320, 50),
        policy=replace(plan.policy, motion_interval_us=1),
        group="yard",
        site="dock",
        decode=replace(plan.decode, look_back_us=3_000_000),
    )

    assert plan_changes(agent_plan(plan), agent_plan(edited)) == PlanChanges(updated=(edited,))


def test_another_url_certificate_check_or_gear_connects_again(plan: CameraPlan):
    for edited in (
        plan_of(plan, "lobby-1", "rtsp://ommatid:s3cret@10.0.0.8/main"),
        replace(plan, tls_verify=False),
        replace(plan, decode=replace(plan.decode, always_full=True)),
    ):
        assert plan_changes(agent_plan(plan), agent_plan(edited)) == PlanChanges(restarted=(edited,))


def test_a_camera_can_be_switched_off_and_on_again(plan: CameraPlan):
    on, off = agent_plan(plan), agent_plan(disabled=("lobby-1",))

    assert plan_changes(on, off) == PlanChanges(disabled=("lobby-1",))
    assert plan_changes(off, on) == PlanChanges(started=(plan,))
    assert plan_changes(off, agent_plan()) == PlanChanges(removed=("lobby-1",))


def test_other_brokers_need_a_restart(plan: CameraPlan):
    moved = replace(agent_plan(plan), kafka=KafkaConnection(bootstrap="elsewhere:9092"))

    with pytest.raises(ConfigurationError, match=r"started with \(localhost:9092\), found elsewhere:9092; restart"):
        check_same_brokers(agent_plan(plan), moved)


@given(
    before=st.dictionaries(names, st.tuples(st.booleans(), st.integers(0, 2), st.integers(1, 3))),
    after=st.dictionaries(names, st.tuples(st.booleans(), st.integers(0, 2), st.integers(1, 3))),
)
def test_applying_the_changes_to_the_old_plan_gives_the_new_one(
    plan: CameraPlan, before: dict[str, tuple[bool, int, int]], after: dict[str, tuple[bool, int, int]]
):
    def drawn(cameras: dict[str, tuple[bool, int, int]]) -> AgentPlan:
        plans = [
            replace(plan_of(plan, name, f"rtsp://10.0.0.{host}/main"), jpeg=JpegSettings(quality=quality))
            for name, (enabled, host, quality) in cameras.items()
            if enabled
        ]
        return agent_plan(*plans, disabled=tuple(name for name, it in cameras.items() if not it[0]))

    old, new = drawn(before), drawn(after)
    changes = plan_changes(old, new)

    watched = {it.camera_id: it for it in old.cameras}
    watched |= {it.camera_id: it for it in (*changes.started, *changes.restarted, *changes.updated)}
    left = {*changes.removed, *changes.disabled}
    assert {name: it for name, it in watched.items() if name not in left} == {it.camera_id: it for it in new.cameras}
