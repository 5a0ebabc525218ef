"""Replace a running job by another version of it, or put the old one back. What to do, not how to reach a cluster."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ommatid_fleet.upgrade.launch import Launch
from ommatid_schemas import OmmatidError


class UpgradeCluster(Protocol):
    """What an upgrade asks of a cluster; errors are OmmatidErrors."""

    def stop(self) -> str:
        """Stop the running job with a savepoint; its location. If that fails, the job keeps running."""
        ...

    def start(self, launch: Launch, savepoint: str) -> str:
        """Start a job from a savepoint and wait until it runs and has completed a checkpoint; its id."""
        ...

    def clear(self) -> None:
        """Cancel whatever the last `start` has left, be it half started."""
        ...


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The new job runs."""

    job_id: str
    savepoint: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The new job did not start; the old one runs again, from where it had been stopped.

    Attributes:
        reason: Why the new job did not start.
    """

    job_id: str
    savepoint: str
    reason: str


class RollBackFailed(OmmatidError):
    """Neither the new job nor the old one could be started; the savepoint holds everything."""


def upgrade(
    cluster: UpgradeCluster, new: Launch, previous: Launch, on_step: Callable[[str], None]
) -> Upgraded | RolledBack:
    """Stop a job with a savepoint, start another from it, and start the old one again if that fails.

    Kafka keeps what comes in between, so nothing is lost and nothing is seen twice that the savepoint knows.

    Args:
        cluster: Where the job runs.
        new: How to start the new job.
        previous: How to start the old job again.
        on_step: Told what is being done, one sentence each.

    Raises:
        OmmatidError: The savepoint failed; the job keeps running.
        RollBackFailed: No job runs now; the message says how to start one.
    """
    on_step("stopping the job with a savepoint")
    savepoint = cluster.stop()
    on_step(f"stopped; savepoint {savepoint}")
    try:
        on_step("starting the new job and waiting for its first checkpoint")
        return Upgraded(cluster.start(new, savepoint), savepoint)
    except OmmatidError as exc:
        on_step(f"the new job did not start: {exc}")
        return _roll_back(cluster, previous, savepoint, str(exc), on_step)


def _roll_back(
    cluster: UpgradeCluster, previous: Launch, savepoint: str, reason: str, on_step: Callable[[str], None]
) -> RolledBack:
    on_step("rolling back: starting the job as it was, from the same savepoint")
    try:
        cluster.clear()
        return RolledBack(cluster.start(previous, savepoint), savepoint, reason)
    except OmmatidError as exc:
        raise RollBackFailed(
            f"upgrade: expected the old job to start again from {savepoint}, found: {exc}\n"
            f"No job runs now. The new one had failed with: {reason}\n"
            f"Submit a release that works with 'ommatid submit ... --from-savepoint {savepoint}'"
        ) from exc
