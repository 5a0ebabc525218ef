"""The plan that an agent follows, as the fleet file changes."""

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from ommatid_edge.agent_plan import AgentPlan
from ommatid_edge.fleet_watch import FleetFile
from ommatid_edge.plan_changes import PlanChanges, check_same_brokers, plan_changes
from ommatid_schemas.errors import ConfigurationError

_log = structlog.get_logger(__name__)


class LivePlan:
    """Keeps the last plan that was good; a faulty file is refused whole, and told.

    Args:
        plan: Plan to start with.
        fleet_file: Where it came from.
        registry: Gets the metrics of refused files.
    """

    def __init__(self, plan: AgentPlan, fleet_file: FleetFile, registry: CollectorRegistry) -> None:
        self._plan = plan
        self._fleet_file = fleet_file
        self._refusals = Counter(
            "ommatid_edge_fleet_file_refusals",
            "Changes of the fleet file that were refused; the plan before stays in force.",
            registry=registry,
        )
        self._refused = Gauge(
            "ommatid_edge_fleet_file_refused", "1 while the fleet file is not what the agent runs.", registry=registry
        )

    @property
    def plan(self) -> AgentPlan:
        """The plan in force."""
        return self._plan

    def first_changes(self) -> PlanChanges:
        """Changes from nothing to the plan in force."""
        return PlanChanges(started=self._plan.cameras, disabled=self._plan.disabled)

    def poll(self, *, at_once: bool) -> PlanChanges:
        """Take over a changed fleet file; empty when there is nothing to do. Call it about once a second.

        Args:
            at_once: Whether to take the file as it is now, though it may still be written.
        """
        try:
            new = self._fleet_file.poll(at_once=at_once)
            if new is None:
                return PlanChanges()
            check_same_brokers(self._plan, new)
        except ConfigurationError as fault:
            self._refuse(fault)
            return PlanChanges()
        return self._accept(new)

    def _accept(self, new: AgentPlan) -> PlanChanges:
        changes = plan_changes(self._plan, new)
        self._plan = new
        self._refused.set(0)
        _log.info(
            "fleet file taken over",
            started=[it.camera_id for it in changes.started],
            restarted=[it.camera_id for it in changes.restarted],
            updated=[it.camera_id for it in changes.updated],
            disabled=list(changes.disabled),
            removed=list(changes.removed),
        )
        return changes

    def _refuse(self, fault: ConfigurationError) -> None:
        self._refusals.inc()
        self._refused.set(1)
        _log.error("fleet file refused", reason=f"{fault}; cameras go on with the last good file")
