"""The two jobs: which module, which arguments, and how they get to a cluster."""

from dataclasses import dataclass
from pathlib import Path

from ommatid_fleet.flink import JobId, submit
from ommatid_schemas import Priority

DETECT_MODULE = "ommatid_jobs.flink.detect"
ALERTS_MODULE = "ommatid_jobs.flink.alerts"


@dataclass(frozen=True, slots=True)
class Job:
    """A module that builds a graph, and its arguments."""

    module: str
    arguments: tuple[str, ...]

    def submit(self, jobmanager: str, python: Path, savepoint: str | None = None) -> JobId:
        """Submit the job to the cluster at ``jobmanager`` (``host:port``).

        Raises:
            SubmissionError: The job was refused by its own checks or by the cluster.
            FlinkUnreachableError: Nobody answers at the address.
        """
        return submit(self.module, self.arguments, jobmanager=jobmanager, python=python, savepoint=savepoint)


def detect_job(fleet: Path, region: str, priority: Priority, bootstrap: str | None = None) -> Job:
    """Detect job of one region and priority."""
    arguments = ("--fleet", str(fleet.absolute()), "--region", region, "--priority", priority.value)
    return Job(DETECT_MODULE, (*arguments, *_bootstrap(bootstrap)))


def alerts_job(fleet: Path, region: str, bootstrap: str | None = None) -> Job:
    """Alert job of one region."""
    return Job(ALERTS_MODULE, ("--fleet", str(fleet.absolute()), "--region", region, *_bootstrap(bootstrap)))


def _bootstrap(bootstrap: str | None) -> tuple[str, ...]:
    return () if bootstrap is None else ("--bootstrap", bootstrap)
