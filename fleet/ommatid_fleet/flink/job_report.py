"""What Flink's REST interface says of a job, as one line for an operator; and which job a name means. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ommatid_schemas import ConfigurationError

TERMINAL = frozenset({"FAILED", "CANCELED", "FINISHED", "SUSPENDED"})


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One line of the list of jobs."""

    job_id: str
    name: str
    status: str

    @property
    def ended(self) -> bool:
        """Whether the job has ended for good."""
        return self.status in TERMINAL


@dataclass(frozen=True, slots=True)
class JobReport:
    """How a job is. Times are by the JobManager's clock.

    Attributes:
        job_id: Flink's id, 32 hexadecimal digits.
        name: Name, by region and priority.
        status: RUNNING, RESTARTING, FAILED, CANCELED, FINISHED, ...
        since_ms: When it came into this state, milliseconds since the epoch.
        restarts: How often it was restarted after a failure; None while the cluster has not counted yet.
        checkpointed_ms: When its last checkpoint was complete, milliseconds since the epoch; None without one.
        now_ms: When this was asked, milliseconds since the epoch.
    """

    job_id: str
    name: str
    status: str
    since_ms: int
    restarts: int | None
    checkpointed_ms: int | None
    now_ms: int

    @property
    def since_s(self) -> float:
        """Seconds in this state."""
        return (self.now_ms - self.since_ms) / 1000

    @property
    def checkpoint_age_s(self) -> float | None:
        """Seconds since the last checkpoint was complete: so much would be read again after a failure."""
        return None if self.checkpointed_ms is None else (self.now_ms - self.checkpointed_ms) / 1000


def job_report(job: Mapping[str, Any], checkpoints: Mapping[str, Any] | None, metrics: Iterable[Any]) -> JobReport:
    """Read the answers to ``/jobs/ID``, ``/jobs/ID/checkpoints`` and ``/jobs/ID/metrics?get=numRestarts``."""
    completed: Mapping[str, Any] | None = checkpoints["latest"]["completed"] if checkpoints else None
    restarts = [int(metric["value"]) for metric in metrics if metric["id"] == "numRestarts"]
    return JobReport(
        job_id=job["jid"],
        name=job["name"],
        status=job["state"],
        since_ms=job["timestamps"][job["state"]],
        restarts=restarts[0] if restarts else None,
        checkpointed_ms=completed["latest_ack_timestamp"] if completed else None,
        now_ms=job["now"],
    )


def find_job(jobs: Iterable[JobSummary], wanted: str, where: str) -> JobSummary:
    """Find the job that a name or an id means; ended jobs are not meant by their name.

    Args:
        jobs: All jobs of a cluster.
        wanted: Name or id.
        where: Names the cluster in the error.

    Raises:
        ConfigurationError: There is none, it has ended, or there are several of that name.
    """
    known = tuple(jobs)
    running = [job for job in known if not job.ended]
    found = [job for job in running if wanted in {job.name, job.job_id}]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(job.job_id for job in found)
        raise ConfigurationError(f"{where}: expected one job called {wanted!r}, found {len(found)}: {ids}; give the id")
    ended = next((f", and {wanted} is {job.status}" for job in known if job.ended and job.job_id == wanted), "")
    names = ", ".join(sorted({job.name for job in running})) or "none"
    raise ConfigurationError(
        f"{where}: expected a running job with the name or id {wanted!r}, found {names}{ended}; "
        "'ommatid jobs list' shows them"
    )
