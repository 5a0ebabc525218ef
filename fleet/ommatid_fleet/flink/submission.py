"""Hand a Python job to a Flink cluster with ``flink run``, as an operator would from a shell.

The main class of Flink's command line client is started directly: ``bin/flink`` starts two more JVMs first, only to
read the configuration. Client and cluster need nothing in common but the address.
"""

import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ommatid_fleet.flink.errors import SubmissionError
from ommatid_fleet.flink.rest import FlinkRest
from ommatid_fleet.local.child_processes import Child, start_child, stop_children, wait_for_exit
from ommatid_fleet.local.flink_distribution import JAVA_OPTIONS, flink_environment, link_libraries
from ommatid_fleet.local.java import QUICK_START, java_executable
from ommatid_fleet.local.rendering import text_of
from ommatid_schemas.redaction import redact

JobId = str

_CLIENT = "org.apache.flink.client.cli.CliFrontend"
_JOB_ID = re.compile(r"Job has been submitted with JobID ([0-9a-f]{32})")
_PYTHON_FAILED = "Run python process failed"
_PYTHON_TRACEBACK = "Traceback (most recent call last):"
_JAVA_FRAME = re.compile(r"\s+(at |\.\.\. \d+ more)")
_REASON_LINES = 12


def submit(
    module: str,
    arguments: Sequence[str],
    *,
    jobmanager: str,
    python: Path,
    savepoint: str | None = None,
    flink_options: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    deadline_s: float = 120.0,
) -> JobId:
    """Run ``flink run`` to its end and return the id of the job it started.

    The cluster's ``lib`` must hold the Kafka connector; for one that does not, name the jar in
    ``flink_options["pipeline.jars"]``.

    Args:
        module: Module that builds and executes the job; ``python`` must be able to import it.
        arguments: What the module finds in ``sys.argv[1:]``. They are visible in the list of processes: no secrets.
        jobmanager: ``host:port`` of the cluster's REST interface.
        python: Interpreter of the client and, at the same path on every node, of the workers.
        savepoint: Location of a savepoint or checkpoint to restore; a fresh start if not given.
        flink_options: Flink settings of this job, for example ``{"parallelism.default": "2"}``.
        environment: Variables for the client on top of this process's own.
        deadline_s: Seconds until the client is ended.

    Raises:
        FlinkUnreachableError: No cluster answers at ``jobmanager``.
        SubmissionError: The module failed, the cluster refused the job, or time was up.
        JarsUnavailableError: The Kafka connector, which the planner needs, cannot be fetched.
        JavaUnavailableError: Java does not run.
    """
    FlinkRest(f"http://{jobmanager}").overview()  # the client would try for a minute before it says the same
    options = run_options(jobmanager, python, savepoint, flink_options or {})
    with tempfile.TemporaryDirectory(prefix="ommatid-submit-") as folder:
        home = Path(folder)
        child = _start_client(home, [*options, "-pym", module, *arguments], environment or {})
        try:
            status = wait_for_exit(child, deadline_s=deadline_s)
        finally:
            stop_children([child], deadline_s=2.0)
        output = child.log_path.read_text(encoding="utf-8", errors="replace")
    return _job_id(output) or _fail(module, jobmanager, status, output, deadline_s)


def run_options(
    jobmanager: str, python: Path, savepoint: str | None, flink_options: Mapping[str, str]
) -> Sequence[str]:
    """Return the arguments of ``flink run`` up to the module, which must come last."""
    return [
        *("run", "-d", "-m", jobmanager),
        *("-pyclientexec", str(python), "-pyexec", str(python)),
        *(("-s", savepoint) if savepoint else ()),
        *(f"-D{key}={value}" for key, value in flink_options.items()),
    ]


def reason_of_failure(output: str) -> str:
    """Return the lines of the client's output that say why it failed, credentials in URLs hidden.

    What Python printed last if it was Python that failed, else the innermost cause of the last Java exception.
    """
    printed, python_failed, _ = output.partition(_PYTHON_FAILED)
    if python_failed:
        # The marker stands in a log line of the client; what comes before it on that line is not Python's.
        lines = printed.rsplit(_PYTHON_TRACEBACK, maxsplit=1)[-1].splitlines()[:-1]
    else:
        lines = output.rsplit("Caused by: ", maxsplit=1)[-1].splitlines()
    return _last(line for line in lines if not _JAVA_FRAME.match(line)) or "  (the client printed nothing)"


def _last(lines: Iterable[str]) -> str:
    kept = [f"  {line[:300]}" for line in lines if line.strip()]
    return redact("\n".join(kept[-_REASON_LINES:]))


def _start_client(home: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> Child:
    (home / "conf").mkdir()
    (home / "conf" / "config.yaml").write_text(text_of("flink-client-config.yaml"))
    log_configuration = home / "conf" / "log4j-cli.properties"
    log_configuration.write_text(text_of("flink-client-log4j.properties"))
    class_path = ":".join(map(str, link_libraries(home / "lib")))
    command = [
        *(str(java_executable()), *QUICK_START, *JAVA_OPTIONS),
        f"-Dlog4j.configurationFile={log_configuration.as_uri()}",
        *("-cp", class_path, _CLIENT, *arguments),
    ]
    return start_child(
        "flink run",
        command,
        log_path=home / "client.log",
        environment=flink_environment(home) | dict(environment),
    )


def _job_id(output: str) -> JobId | None:
    found = _JOB_ID.search(output)
    return found.group(1) if found else None


def _fail(module: str, jobmanager: str, status: int | None, output: str, deadline_s: float) -> JobId:
    ended = f"no end after {deadline_s:.0f} s" if status is None else f"the end with status {status}"
    raise SubmissionError(
        f"flink run of {module} at {jobmanager}: expected a job id, found {ended}; check the address and the job:\n"
        f"{reason_of_failure(output)}"
    )
