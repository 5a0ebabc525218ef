"""What must happen to turn one plan into another while cameras run."""

from dataclasses import dataclass, replace

from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.camera_plan import CameraPlan
from ommatid_schemas.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class PlanChanges:
    """Cameras by what happens to them; those that are in none of these are not touched.

    Attributes:
        started: Not watched before: new, or switched on.
        restarted: Their connection itself changed; they connect again.
        updated: Only numbers changed that apply to the next frame; they stay connected.
        disabled: Not watched any more, or known for the first time: the file switches them off.
        removed: Not in the file any more.
    """

    started: tuple[CameraPlan, ...] = ()
    restarted: tuple[CameraPlan, ...] = ()
    updated: tuple[CameraPlan, ...] = ()
    disabled: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything happens at all."""
        return bool(self.started or self.restarted or self.updated or self.disabled or self.removed)


def plan_changes(old: AgentPlan, new: AgentPlan) -> PlanChanges:
    """Difference of two plans of the same region and brokers."""
    before = {camera.camera_id: camera for camera in old.cameras}
    after = {camera.camera_id: camera for camera in new.cameras}
    common = [(before[name], camera) for name, camera in after.items() if name in before and camera != before[name]]
    return PlanChanges(
        started=tuple(camera for name, camera in after.items() if name not in before),
        restarted=tuple(now for was, now in common if _connection(was) != _connection(now)),
        updated=tuple(now for was, now in common if _connection(was) == _connection(now)),
        disabled=tuple(name for name in new.disabled if name not in old.disabled),
        removed=tuple(sorted((before.keys() | set(old.disabled)) - after.keys() - set(new.disabled))),
    )


def check_same_brokers(old: AgentPlan, new: AgentPlan) -> None:
    """Refuse a plan that a running agent cannot turn to.

    Raises:
        ConfigurationError: Region or brokers are not those that the agent was started with.
    """
    if (old.region, old.kafka) != (new.region, new.kafka):
        raise ConfigurationError(
            f"regions.{old.region}.kafka: expected the brokers that the agent was started with "
            f"({old.kafka.bootstrap}), found {new.kafka.bootstrap}; restart the agent to move it"
        )


def _connection(plan: CameraPlan) -> object:
    """What cannot change while connected; the gear is made with the connection, the look-back is read per trigger."""
    return plan.address.url, plan.tls_verify, replace(plan.decode, look_back_us=0)
