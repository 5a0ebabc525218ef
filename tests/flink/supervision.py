"""The TaskManagers of the shared cluster, for tests that kill some and, as a supervisor does, start them again."""

from ommatid_fleet.local import FlinkCluster
from ommatid_fleet.local.child_processes import Child, start_again, stop_children


class Supervisor:
    """Knows the present TaskManagers."""

    def __init__(self, cluster: FlinkCluster) -> None:
        self.task_managers = list(cluster.children[1:])

    def start_again(self, killed: Child) -> None:
        """Start a TaskManager that was killed once more."""
        self.task_managers.remove(killed)
        self.task_managers.append(start_again(killed))

    def close(self) -> None:
        """End all that run."""
        stop_children(self.task_managers)
