"""The demo's own child processes: cameras, edge agent, delivery. Each is the command a user would run."""

import json
import sysconfig
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ommatid_fleet.local.child_processes import Child, start_child, stop_children, wait_until_ready

CAMERA_USER_NAME = "ommatid"
"""User name that the simulated cameras ask for unless told otherwise."""

_READY_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Service:
    """A command that says by a file that it is ready.

    Attributes:
        name: What it is, for messages.
        argv: Command of this environment, with its arguments, without ``--ready-file``.
        folder: Receives the log and the ready file.
        environment: The whole environment of the process; holds the secrets.
    """

    name: str
    argv: Sequence[str]
    folder: Path
    environment: Mapping[str, str]

    @property
    def ready_file(self) -> Path:
        """File that the service writes once it serves."""
        return self.folder / f"{self.name}.ready.json"

    @contextmanager
    def running(self) -> Generator[Child]:
        """Run the service for the time of the block; it need not be ready yet when the block begins."""
        command = Path(sysconfig.get_path("scripts")) / self.argv[0]
        child = start_child(
            self.name,
            [str(command), *self.argv[1:], "--ready-file", str(self.ready_file)],
            log_path=self.folder / f"{self.name}.log",
            environment=self.environment,
        )
        try:
            yield child
        finally:
            stop_children([child])

    def wait(self, child: Child) -> Mapping[str, object]:
        """Wait until the service is ready and return what it says of itself.

        Raises:
            LocalError: It ended, or was not ready within a minute; the message holds the end of its log.
        """
        wait_until_ready([child], self.ready_file.exists, deadline_s=_READY_WITHIN_S)
        return json.loads(self.ready_file.read_text(encoding="utf-8"))


def cameras_service(count: int, folder: Path, environment: Mapping[str, str], password_variable: str) -> Service:
    """Simulated cameras on a free port."""
    argv = ["ommatid", "simulate", "cameras", "--count", str(count), "--port", "0", "--password-env", password_variable]
    return Service("cameras", argv, folder, environment)


def agent_service(fleet: Path, region: str, folder: Path, environment: Mapping[str, str]) -> Service:
    """Edge agent for all cameras of the fleet."""
    summary = str(agent_summary(folder))
    argv = ["ommatid-edge", "run", "--fleet", str(fleet), "--region", region, "--agent-id", "demo-agent"]
    own_spool = {**environment, "OMMATID_EDGE_SPOOL_FOLDER": str(folder / "spool")}
    return Service("edge-agent", [*argv, "--summary-file", summary, "--metrics-port", "0"], folder, own_spool)


def agent_summary(folder: Path) -> Path:
    """File that the agent keeps its counts in."""
    return folder / "edge-agent.summary.json"


def delivery_service(
    fleet: Path, region: str, folder: Path, snapshots: Path, environment: Mapping[str, str]
) -> Service:
    """Delivery of the region's alerts, with snapshots below ``snapshots``."""
    argv = ["ommatid", "deliver", "run", "--fleet", str(fleet), "--region", region]
    stores = ["--snapshots", snapshots.absolute().as_uri(), "--ledger", f"sqlite:///{folder / 'deliveries.sqlite'}"]
    return Service("delivery", [*argv, *stores], folder, environment)
