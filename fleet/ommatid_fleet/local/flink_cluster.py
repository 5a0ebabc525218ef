"""One JobManager and some TaskManagers on the loopback interface, as children of this process.

The Java classes are started directly. Flink's own scripts start up to three more JVMs for each process, only to read
the configuration, and their pid files may name a foreign process after a crash.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

import requests

from ommatid_fleet.local.child_processes import Child, start_child, stop_children, wait_until_ready
from ommatid_fleet.local.errors import PortTakenError
from ommatid_fleet.local.flink_distribution import (
    JAVA_OPTIONS,
    flink_environment,
    link_libraries,
    write_shell_environment,
)
from ommatid_fleet.local.java import QUICK_START, java_executable
from ommatid_fleet.local.ports import LOOPBACK, free_ports, require_free
from ommatid_fleet.local.rendering import render, text_of

_ATTEMPTS = 3
_JOBMANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
_TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_JOBMANAGER_FLAGS = (*QUICK_START, "-Xmx384m", "-XX:MaxMetaspaceSize=256m")
_FRAMEWORK_HEAP_MB = 128
_DIRECT_MEMORY_MB = 128 + 64  # framework off-heap and network buffers


@dataclass(frozen=True, slots=True)
class FlinkClusterOptions:
    """How the local cluster runs.

    Attributes:
        task_managers: Number of TaskManagers; each has one slot, hence one Python process.
        rest_port: Port of 127.0.0.1 for the REST interface and the web page; a free one if not given.
        task_heap_mb: Java heap of a TaskManager for job code, MB; 128 MB for Flink come on top.
        full_jit: Let the TaskManagers compile hot code with C2. Faster jobs, slower start: for benchmarks.
        python: Interpreter of the Python workers.
        environment: Variables for all processes, on top of this process's own.
        deadline_s: Seconds until a start that has not succeeded is given up.
    """

    task_managers: int = 2
    rest_port: int | None = None
    task_heap_mb: int = 256
    full_jit: bool = False
    python: Path = Path(sys.executable)
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    deadline_s: float = 90.0


@dataclass(frozen=True, slots=True)
class _Ports:
    jobmanager: int
    rest: int
    prometheus: tuple[int, ...]  # of the JobManager, then of each TaskManager
    workers: tuple[int, ...]  # of the Python worker of each TaskManager


@dataclass(frozen=True, slots=True)
class _Places:
    home: Path
    log_dir: Path
    libraries: tuple[Path, ...]

    @property
    def conf_dir(self) -> Path:
        return self.home / "conf"


@dataclass(frozen=True, slots=True)
class FlinkCluster:
    """A running session cluster. Close it, or use it as a context manager.

    Attributes:
        home: Folder of the cluster: ``conf``, ``lib``, ``checkpoints``, ``savepoints``, ``tmp``.
        rest_url: Base address of the REST interface and of the web page.
        jobmanager: ``host:port`` for ``flink run -m`` (the REST address without its scheme).
        prometheus_urls: Where the JobManager, then each TaskManager exports its metrics.
        worker_urls: Where the Python worker of each TaskManager exports its own, while a job of ours runs there.
        children: The JobManager, then the TaskManagers.
    """

    home: Path
    rest_url: str
    jobmanager: str
    prometheus_urls: tuple[str, ...]
    worker_urls: tuple[str, ...]
    children: tuple[Child, ...]

    @classmethod
    def start(
        cls, state_dir: Path, options: FlinkClusterOptions | None = None, *, cancelled: Event | None = None
    ) -> Self:
        """Start a cluster with its state below ``state_dir`` and wait until all its slots are there.

        Args:
            state_dir: Receives ``flink/`` and ``log/``.
            options: Size, ports, memory and deadline.
            cancelled: Set by another thread to give up starting.

        Raises:
            JarsUnavailableError: The Kafka connector cannot be fetched.
            JavaUnavailableError: Java does not run.
            PortTakenError: The port asked for is in use, or free ports were lost three times in a row.
            ChildExitedError: A process of the cluster ended.
            NotReadyInTimeError: The slots were not there by the deadline.
        """
        options = options or FlinkClusterOptions()
        home = state_dir / "flink"
        places = _Places(home, state_dir / "log", tuple(link_libraries(home / "lib")))
        write_shell_environment(home)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return cls(home, *_start(places, options, cancelled))
            except PortTakenError:
                if options.rest_port is not None or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    @property
    def checkpoint_dir(self) -> Path:
        """Folder of checkpoints."""
        return self.home / "checkpoints"

    @property
    def savepoint_dir(self) -> Path:
        """Folder for savepoints."""
        return self.home / "savepoints"

    def close(self) -> None:
        """End TaskManagers, their Python workers and the JobManager."""
        stop_children(self.children)

    def __enter__(self) -> Self:
        """Return the cluster itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close the cluster."""
        self.close()


def _start(
    places: _Places, options: FlinkClusterOptions, cancelled: Event | None
) -> tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[Child, ...]]:
    ports = _choose_ports(options)
    write_configuration(places.home, ports.jobmanager, ports.rest, options)
    address = f"{LOOPBACK}:{ports.rest}"
    prometheus_urls, worker_urls = (
        tuple(f"http://{LOOPBACK}:{port}/metrics" for port in exported)
        for exported in (ports.prometheus, ports.workers)
    )
    children: list[Child] = []
    try:
        _start_children(children, places, options, ports)
        probe = _ReadyProbe(f"http://{address}/overview", options.task_managers, prometheus_urls)
        wait_until_ready(children, probe.answers, deadline_s=options.deadline_s, cancelled=cancelled)
    except BaseException:
        stop_children(children, deadline_s=0.0)
        raise
    return f"http://{address}", address, prometheus_urls, worker_urls, tuple(children)


def _choose_ports(options: FlinkClusterOptions) -> _Ports:
    jobmanager, rest, *exported = free_ports(3 + 2 * options.task_managers)
    prometheus, workers = exported[: 1 + options.task_managers], exported[1 + options.task_managers :]
    if options.rest_port is not None:
        require_free(options.rest_port, "Flink REST interface")
        rest = options.rest_port
    return _Ports(jobmanager, rest, tuple(prometheus), tuple(workers))


def write_configuration(home: Path, jobmanager_port: int, rest_port: int, options: FlinkClusterOptions) -> None:
    """Write ``conf/config.yaml`` and the logging configuration, and create the folders they name."""
    for folder in ("conf", "checkpoints", "savepoints", "tmp"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    configuration = render(
        "flink-config.yaml",
        host=LOOPBACK,
        java_options=" ".join(JAVA_OPTIONS),
        jobmanager_port=jobmanager_port,
        rest_port=rest_port,
        task_heap_mb=options.task_heap_mb,
        checkpoint_dir=(home / "checkpoints").as_uri(),
        savepoint_dir=(home / "savepoints").as_uri(),
        tmp_dir=home / "tmp",
        python=options.python,
    )
    (home / "conf" / "config.yaml").write_text(configuration)
    (home / "conf" / "log4j-console.properties").write_text(text_of("flink-log4j-console.properties"))
    (home / "conf" / "log4j-cli.properties").write_text(text_of("flink-client-log4j.properties"))


def _start_children(children: list[Child], places: _Places, options: FlinkClusterOptions, ports: _Ports) -> None:
    """Start all processes, adding each to ``children`` at once, so that the caller can end a half-started cluster."""
    environment = flink_environment(places.home) | dict(options.environment)

    def start(name: str, log_name: str, flags: Sequence[str], *program: str, worker_port: int = 0) -> None:
        log_path = places.log_dir / f"{log_name}.log"
        command = java_command(places, log_path, flags, program)
        metrics = {"OMMATID_WORKER_METRICS_PORTS": str(worker_port)}
        children.append(start_child(name, command, log_path=log_path, environment=environment | metrics))

    metrics = [("-D", f"metrics.reporter.prom.port={port}") for port in ports.prometheus]
    start("Flink JobManager", "jobmanager", _JOBMANAGER_FLAGS, _JOBMANAGER, *metrics[0])
    flags = taskmanager_flags(options)
    for number, (port_option, worker_port) in enumerate(zip(metrics[1:], ports.workers, strict=True), start=1):
        program = (_TASKMANAGER, "-D", f"taskmanager.resource-id=taskmanager-{number}", *port_option)
        start(f"Flink TaskManager {number}", f"taskmanager-{number}", flags, *program, worker_port=worker_port)


def taskmanager_flags(options: FlinkClusterOptions) -> tuple[str, ...]:
    """Return a TaskManager's JVM flags; the sizes go with the memory parts of flink-config.yaml."""
    jit = ("-XX:+UseSerialGC",) if options.full_jit else QUICK_START
    return (
        *jit,
        f"-Xmx{_FRAMEWORK_HEAP_MB + options.task_heap_mb}m",
        f"-XX:MaxDirectMemorySize={_DIRECT_MEMORY_MB}m",
        "-XX:MaxMetaspaceSize=512m",
    )


def java_command(places: _Places, log_path: Path, flags: Sequence[str], program: Sequence[str]) -> list[str]:
    """Return the command line of a process of the cluster; ``program`` is the main class and its dynamic options.

    ``log.file`` is where the web page looks for the log; it is the file that receives standard output.
    """
    main_class, *dynamic = program
    return [
        str(java_executable()),
        *flags,
        *JAVA_OPTIONS,
        f"-Dlog4j.configurationFile={(places.conf_dir / 'log4j-console.properties').as_uri()}",
        f"-Dlog.file={log_path}",
        "-cp",
        ":".join(map(str, places.libraries)),
        main_class,
        "--configDir",
        str(places.conf_dir),
        *dynamic,
    ]


@dataclass(frozen=True, slots=True)
class _ReadyProbe:
    """Asks whether all slots are registered and all metrics are exported."""

    overview_url: str
    slots: int
    prometheus_urls: Sequence[str]

    def answers(self) -> bool:
        try:
            overview = requests.get(self.overview_url, timeout=1.0).json()
            registered = overview.get("slots-total", 0) >= self.slots
            return registered and all(requests.get(url, timeout=1.0).ok for url in self.prometheus_urls)
        # While it starts, the web server refuses connections and then answers with an error page.
        except requests.RequestException:
            return False
