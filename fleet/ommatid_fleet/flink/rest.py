"""A typed client for the part of Flink's REST interface that we use.

Far cheaper than the command line client, which starts a JVM for each question. Source: the REST API page of Flink 2.x.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from ommatid_fleet.flink.errors import DeadlineError, FlinkRequestError, FlinkUnreachableError, JobFailedError
from ommatid_fleet.flink.job_report import TERMINAL, JobReport, JobSummary, job_report
from ommatid_schemas.redaction import redact

_REQUEST_TIMEOUT_S = 10.0
_POLL_S = 0.1
_COLLECTED_S = 1.0
_CAUSE_LINES = 12

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Overview:
    """The size of a cluster and how much of it is in use."""

    flink_version: str
    task_managers: int
    slots_total: int
    slots_available: int
    jobs_running: int


@dataclass(frozen=True, slots=True)
class Vertex:
    """One task of a job's graph, that is a chain of operators."""

    vertex_id: str
    name: str
    status: str
    parallelism: int


class FlinkRest:
    """Questions and orders for one cluster.

    Every method raises `FlinkUnreachableError` when nobody answers, `FlinkRequestError` when the cluster refuses.

    Args:
        rest_url: Base address, ``http://host:port``.
    """

    def __init__(self, rest_url: str) -> None:
        self._url = rest_url.rstrip("/")

    def overview(self) -> Overview:
        """Return the number of TaskManagers, slots and running jobs."""
        found = self._get("/overview")
        return Overview(
            flink_version=found["flink-version"],
            task_managers=found["taskmanagers"],
            slots_total=found["slots-total"],
            slots_available=found["slots-available"],
            jobs_running=found["jobs-running"],
        )

    def wait_for_slots(self, count: int, *, deadline_s: float = 60.0) -> None:
        """Wait until at least ``count`` slots are free; `DeadlineError` after ``deadline_s`` seconds."""

        def enough() -> bool:
            return self.overview().slots_available >= count

        self._wait(enough, f"{count} free slots", deadline_s)

    def jobs(self) -> tuple[JobSummary, ...]:
        """Return all jobs the cluster remembers, ended ones included."""
        return tuple(JobSummary(job["jid"], job["name"], job["state"]) for job in self._get("/jobs/overview")["jobs"])

    def job_report(self, job_id: str) -> JobReport:
        """Return how a job is."""
        path = f"/jobs/{job_id}"
        metrics = self._restarts_metric(path)
        try:
            checkpoints = self._get(f"{path}/checkpoints")
        except FlinkRequestError:  # of a job that has no checkpoints, or is still being set up
            checkpoints = None
        return job_report(self._get(path), checkpoints, metrics)

    def job_parameters(self, job_id: str) -> dict[str, str]:
        """Return the global parameters that a job was submitted with."""
        return self._get(f"/jobs/{job_id}/config").get("execution-config", {}).get("user-config", {})

    def job_status(self, job_id: str) -> str:
        """Return the state of a job: RUNNING, RESTARTING, FAILED, CANCELED, FINISHED, ..."""
        return self._get(f"/jobs/{job_id}")["state"]

    def wait_for_status(self, job_id: str, wanted: Collection[str], *, deadline_s: float = 60.0) -> str:
        """Wait until a job is in one of the ``wanted`` states and return that state.

        Raises:
            JobFailedError: The job ended in another state.
            DeadlineError: It was in no wanted state for ``deadline_s`` seconds.
        """

        def reached() -> str | None:
            status = self.job_status(job_id)
            if status not in wanted and status in TERMINAL:
                raise JobFailedError(
                    f"job {job_id}: expected {_listed(wanted)}, found {status}; {self._cause(job_id)}; "
                    "see the TaskManager's log"
                )
            return status if status in wanted else None

        return self._wait(reached, f"job {job_id} to be {_listed(wanted)}", deadline_s)

    def wait_until_running(self, job_id: str, *, deadline_s: float = 90.0) -> None:
        """Wait until every task of a job runs, Python workers included; a job is called RUNNING long before.

        Raises:
            JobFailedError: The job ended.
            DeadlineError: Some task did not run for ``deadline_s`` seconds.
        """
        give_up_at_s = time.monotonic() + deadline_s
        self.wait_for_status(job_id, {"RUNNING"}, deadline_s=deadline_s)

        def all_run() -> bool:
            if self.job_status(job_id) in TERMINAL:
                self.wait_for_status(job_id, {"RUNNING"}, deadline_s=0.0)
            return self.all_tasks_running(job_id)

        self._wait(all_run, f"all tasks of job {job_id} to run", give_up_at_s - time.monotonic())

    def wait_until_settled(self, job_id: str, *, deadline_s: float = 180.0) -> None:
        """Wait until every task of a job runs and its first checkpoint is complete, without a failure on the way.

        Raises:
            JobFailedError: The job ended, or failed and would be restarted.
            DeadlineError: It was not so far ``deadline_s`` seconds, and two intervals between checkpoints, later.
        """
        interval_s = self._get(f"/jobs/{job_id}/checkpoints/config")["interval"] / 1000

        def settled() -> bool:
            status, cause = self.job_status(job_id), self.root_cause(job_id)
            if status in TERMINAL or cause is not None:
                raise JobFailedError(f"job {job_id}: expected it to keep running, found {status}; cause: {cause}")
            return self.all_tasks_running(job_id) and self.completed_checkpoints(job_id) > 0

        self._wait(settled, f"job {job_id} to run and complete a checkpoint", deadline_s + 2 * interval_s)

    def all_tasks_running(self, job_id: str) -> bool:
        """Whether every task of a job is in the state RUNNING (initialisation, hence Python workers, done)."""
        return all(vertex.status == "RUNNING" for vertex in self.vertices(job_id))

    def root_cause(self, job_id: str) -> str | None:
        """Return the innermost cause of a job's latest failure, one or a few lines; None if it never failed."""
        entries = self._get(f"/jobs/{job_id}/exceptions").get("exceptionHistory", {}).get("entries", [])
        return innermost_cause(entries[0]["stacktrace"]) if entries else None

    def vertices(self, job_id: str) -> tuple[Vertex, ...]:
        """Return the tasks of a job's graph."""
        return tuple(
            Vertex(vertex["id"], vertex["name"], vertex["status"], vertex["parallelism"])
            for vertex in self._get(f"/jobs/{job_id}")["vertices"]
        )

    def vertex_metrics(self, job_id: str, vertex_id: str, names: Sequence[str]) -> dict[str, float]:
        """Return values of a task's metrics by name; ``0.numRecordsIn`` is that of subtask 0.

        Unknown names are left out, and so are known ones at first: the cluster starts to collect when it is asked.
        """
        found = self._get(f"/jobs/{job_id}/vertices/{vertex_id}/metrics", {"get": ",".join(names)})
        return {metric["id"]: float(metric["value"]) for metric in found}

    def completed_checkpoints(self, job_id: str) -> int:
        """Return how many checkpoints of a job have completed."""
        return self._get(f"/jobs/{job_id}/checkpoints")["counts"]["completed"]

    def stop_with_savepoint(self, job_id: str, directory: str | None = None, *, deadline_s: float = 60.0) -> str:
        """Stop a job after writing a canonical savepoint.

        Args:
            job_id: A running job.
            directory: URI of the folder for savepoints, ``file:///...``, which every node must reach; without it the
                cluster's own.
            deadline_s: Seconds to wait for the end.

        Returns:
            Location of the savepoint, for `submit(savepoint=...)`.

        Raises:
            JobFailedError: The savepoint failed; the message says how the job is.
            DeadlineError: It was not complete in time.
        """
        order = {"targetDirectory": directory, "drain": False, "formatType": "CANONICAL"}
        request_id = self._call("POST", f"/jobs/{job_id}/stop", json=order)["request-id"]

        def location() -> str | None:
            answer = self._get(f"/jobs/{job_id}/savepoints/{request_id}")
            if answer["status"]["id"] != "COMPLETED":
                return None
            return answer["operation"].get("location") or self._refuse_savepoint(job_id, answer["operation"])

        found = self._wait(location, f"the savepoint of job {job_id}", deadline_s)
        self.wait_for_status(job_id, {"FINISHED"}, deadline_s=deadline_s)
        return found

    def cancel(self, job_id: str, *, deadline_s: float = 30.0) -> None:
        """Cancel a job and wait until it has ended; a job that had ended before is left as it is."""
        if self.job_status(job_id) not in TERMINAL:
            self._call("PATCH", f"/jobs/{job_id}", params={"mode": "cancel"})
            self.wait_for_status(job_id, TERMINAL, deadline_s=deadline_s)

    def _restarts_metric(self, path: str) -> list[Any]:
        """Ask for the number of restarts; the first question only makes the cluster collect it, for a moment."""
        give_up_at_s = time.monotonic() + _COLLECTED_S
        while not (found := self._get(f"{path}/metrics", {"get": "numRestarts"})) and time.monotonic() < give_up_at_s:
            time.sleep(_POLL_S)
        return found

    def _refuse_savepoint(self, job_id: str, operation: dict[str, Any]) -> str:
        cause = innermost_cause(operation["failure-cause"]["stack-trace"])
        raise JobFailedError(
            f"job {job_id}: expected a savepoint, found a failure; the job is {self.job_status(job_id)} without one; "
            f"cause: {cause}"
        )

    def _cause(self, job_id: str) -> str:
        return f"cause: {self.root_cause(job_id) or 'none reported'}"

    def _wait(self, ask: Callable[[], T | None], what: str, deadline_s: float) -> T:
        give_up_at_s = time.monotonic() + deadline_s
        while not (answer := ask()):
            if time.monotonic() > give_up_at_s:
                raise DeadlineError(f"Flink at {self._url}: expected {what} within {deadline_s:.0f} s, still waiting")
            time.sleep(_POLL_S)
        return answer

    def _get(self, path: str, params: dict[str, str] | None = None) -> Any:
        return self._call("GET", path, params=params)

    def _call(self, method: str, path: str, *, params: dict[str, str] | None = None, json: object = None) -> Any:
        try:
            answer = requests.request(method, self._url + path, params=params, json=json, timeout=_REQUEST_TIMEOUT_S)
            body = answer.json()
        except requests.RequestException as fault:
            raise FlinkUnreachableError(
                f"Flink at {self._url}: expected an answer to {method} {path}, found {type(fault).__name__}; "
                "check the address and that the JobManager runs"
            ) from fault
        if not answer.ok:
            raise FlinkRequestError(
                f"Flink at {self._url}: {method} {path} was refused with status {answer.status_code}: {_reason(body)}"
            )
        return body


def innermost_cause(stack_trace: str) -> str:
    """Return the last ``Caused by`` of a Java stack trace, with the Python traceback it may hold, without its frames.

    Credentials in URLs are hidden, and at most the last 12 lines are kept: a Python error stands at the end.
    """
    cause = stack_trace.rsplit("Caused by: ", maxsplit=1)[-1]
    lines = [line for line in cause.splitlines() if line.strip() and not line.startswith(("\tat ", "\t... "))]
    return redact("\n".join(lines[-_CAUSE_LINES:]))


def _reason(body: dict[str, Any]) -> str:
    errors: list[str] = body.get("errors") or ["no reason given"]
    return innermost_cause(errors[-1])


def _listed(states: Collection[str]) -> str:
    return " or ".join(sorted(states))
