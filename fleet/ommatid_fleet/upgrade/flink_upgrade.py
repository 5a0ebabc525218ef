"""An upgrade's cluster: REST to stop, watch and cancel, ``flink run`` to submit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ommatid_fleet.flink import FlinkRest, JobSummary, submit
from ommatid_fleet.upgrade.launch import Launch


@dataclass(slots=True)
class FlinkUpgrade:
    """One job on one cluster, while it is upgraded.

    Attributes:
        jobmanager: ``host:port`` of the REST interface.
        job: The running job.
        savepoint_folder: URI or absolute path that every node reaches; None for the cluster's own.
        savepoint_deadline_s: Longest wait for the savepoint, seconds.
        environment: Variables for the submitting client on top of this process's own.
    """

    jobmanager: str
    job: JobSummary
    savepoint_folder: str | None = None
    savepoint_deadline_s: float = 300.0
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    _known: frozenset[str] = field(default=frozenset(), init=False)

    def stop(self) -> str:
        """Stop the running job with a savepoint; its location."""
        self._known = frozenset(job.job_id for job in self._rest.jobs())
        return self._rest.stop_with_savepoint(
            self.job.job_id, self.savepoint_folder, deadline_s=self.savepoint_deadline_s
        )

    def start(self, launch: Launch, savepoint: str) -> str:
        """Start a job from a savepoint and wait until it runs and has completed a checkpoint; its id."""
        job_id = submit(
            launch.module,
            launch.arguments,
            jobmanager=self.jobmanager,
            python=launch.python,
            savepoint=savepoint,
            environment=self.environment,
        )
        self._rest.wait_until_settled(job_id)
        return job_id

    def clear(self) -> None:
        """Cancel the jobs of this name that came since the stop: a client that gave up may have started one."""
        for job in self._rest.jobs():
            if job.name == self.job.name and job.job_id not in self._known and not job.ended:
                self._rest.cancel(job.job_id)

    @property
    def _rest(self) -> FlinkRest:
        return FlinkRest(f"http://{self.jobmanager}")
