"""Broker and cluster together, started in parallel, in one folder that is removed at the end."""

import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from types import TracebackType
from typing import Literal, Self, TypeVar

from ommatid_fleet.local.errors import LocalError, StartCancelledError
from ommatid_fleet.local.flink_cluster import FlinkCluster, FlinkClusterOptions
from ommatid_fleet.local.jars import FLINK_KAFKA_CONNECTOR, KAFKA_BROKER, ZSTD, jars_of
from ommatid_fleet.local.kafka_broker import KafkaBroker, KafkaBrokerOptions
from ommatid_fleet.local.signals import uninterrupted

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """A piece of the start, for progress displays.

    Attributes:
        name: "resolve jars", "start Kafka broker" or "start Flink cluster".
        state: What has just happened to it.
        elapsed_s: Seconds since it started.
    """

    name: str
    state: Literal["started", "finished", "failed"]
    elapsed_s: float = 0.0


def ignore_step(step: Step) -> None:
    """Show nothing."""


@dataclass(slots=True)
class LocalStack:
    """A Kafka broker and a Flink cluster for the time of a ``with`` block.

    On the way out, by whatever way, every child process ends and the state folder is removed. For SIGTERM the caller
    installs `terminate_on_sigterm` around it; SIGKILL of this process ends the children too, but leaves the folder.

    Attributes:
        keep: Leave the state folder, with logs and configuration, after the end.
        parent_dir: Where the state folder is created; the system's temporary folder if not given.
        broker_options: Port and memory of the broker.
        cluster_options: Size, ports and memory of the cluster.
        on_step: Told about each step of the start, one call at a time, from several threads.
    """

    keep: bool = False
    parent_dir: Path | None = None
    broker_options: KafkaBrokerOptions = field(default_factory=KafkaBrokerOptions)
    cluster_options: FlinkClusterOptions = field(default_factory=FlinkClusterOptions)
    on_step: Callable[[Step], None] = ignore_step
    _exit: ExitStack = field(default_factory=ExitStack, init=False, repr=False)
    _state_dir: Path | None = field(default=None, init=False, repr=False)
    _broker: KafkaBroker | None = field(default=None, init=False, repr=False)
    _cluster: FlinkCluster | None = field(default=None, init=False, repr=False)
    _announcing: Lock = field(default_factory=Lock, init=False, repr=False)

    @property
    def state_dir(self) -> Path:
        """Folder of everything the stack writes; logs are in ``log/``."""
        return _running(self._state_dir)

    @property
    def broker(self) -> KafkaBroker:
        """The running broker."""
        return _running(self._broker)

    @property
    def cluster(self) -> FlinkCluster:
        """The running cluster."""
        return _running(self._cluster)

    def __enter__(self) -> Self:
        """Start broker and cluster.

        Raises:
            LocalError: Either could not start; nothing of the other is left then.
        """
        try:
            self._state_dir = self._create_state_dir()
            with self._step("resolve jars"):
                for coordinate in (KAFKA_BROKER, FLINK_KAFKA_CONNECTOR, ZSTD):
                    jars_of(coordinate)
            self._start_both(self._state_dir)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close the stack."""
        self.close()

    def close(self) -> None:
        """End every child and remove the state folder; a second call does nothing."""
        with uninterrupted():
            self._exit.close()

    def _create_state_dir(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="ommatid-", dir=self.parent_dir))
        if not self.keep:
            self._exit.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _start_both(self, folder: Path) -> None:
        cancelled = Event()
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="local-stack") as threads:
            broker = threads.submit(self._start_broker, folder, cancelled)
            cluster = threads.submit(self._start_cluster, folder, cancelled)
            try:
                wait((broker, cluster), return_when=FIRST_EXCEPTION)
            finally:
                # After success this is without effect; after a failure or Ctrl-C it ends the wait of the other thread.
                cancelled.set()
        _raise_first_cause(broker, cluster)

    def _start_broker(self, folder: Path, cancelled: Event) -> None:
        with self._step("start Kafka broker"):
            self._broker = KafkaBroker.start(folder, self.broker_options, cancelled=cancelled)
            self._exit.callback(self._broker.close)

    def _start_cluster(self, folder: Path, cancelled: Event) -> None:
        with self._step("start Flink cluster"):
            self._cluster = FlinkCluster.start(folder, self.cluster_options, cancelled=cancelled)
            self._exit.callback(self._cluster.close)

    @contextmanager
    def _step(self, name: str) -> Generator[None]:
        started_at_s = time.monotonic()
        self._announce(Step(name, "started"))
        try:
            yield
        except BaseException:
            self._announce(Step(name, "failed", time.monotonic() - started_at_s))
            raise
        self._announce(Step(name, "finished", time.monotonic() - started_at_s))

    def _announce(self, step: Step) -> None:
        with self._announcing:
            self.on_step(step)


def _raise_first_cause(*starts: Future[None]) -> None:
    """Raise what made the start fail, not the cancellation that it led to."""
    faults = [fault for start in starts if (fault := start.exception()) is not None]
    for fault in sorted(faults, key=lambda one: isinstance(one, StartCancelledError)):
        raise fault


def _running(part: T | None) -> T:
    if part is None:
        raise LocalError("local stack: expected to be inside its `with` block, but it is not running")
    return part
