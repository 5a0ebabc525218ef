"""One real Kafka node (KRaft, broker and controller in one) on the loopback interface."""

import base64
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ommatid_fleet.local.child_processes import (
    Child,
    log_tail,
    start_child,
    stop_children,
    wait_for_exit,
    wait_until_ready,
)
from ommatid_fleet.local.errors import ChildExitedError, PortTakenError
from ommatid_fleet.local.flink_distribution import flink_home
from ommatid_fleet.local.jars import KAFKA_BROKER, jars_of
from ommatid_fleet.local.java import QUICK_START, java_executable
from ommatid_fleet.local.ports import LOOPBACK, free_ports, require_free
from ommatid_fleet.local.rendering import render, text_of

_ATTEMPTS = 3
_SILENT = logging.getLogger(f"{__name__}.librdkafka")


@dataclass(frozen=True, slots=True)
class KafkaBrokerOptions:
    """How the local broker runs.

    Attributes:
        port: Port of 127.0.0.1 for clients; a free one if not given.
        heap_mb: Largest Java heap, MB.
        deadline_s: Seconds until a start that has not succeeded is given up.
    """

    port: int | None = None
    heap_mb: int = 512
    deadline_s: float = 60.0


@dataclass(frozen=True, slots=True)
class KafkaBroker:
    """A running broker. Close it, or use it as a context manager.

    Attributes:
        bootstrap: ``host:port`` for ``bootstrap.servers``.
        child: The Java process and its log.
    """

    bootstrap: str
    child: Child

    @classmethod
    def start(
        cls, state_dir: Path, options: KafkaBrokerOptions | None = None, *, cancelled: Event | None = None
    ) -> Self:
        """Start a broker with its state below ``state_dir`` and wait until it answers.

        Args:
            state_dir: Receives ``kafka/`` (configuration, data) and ``log/``.
            options: Port, memory and deadline.
            cancelled: Set by another thread to give up starting.

        Raises:
            JarsUnavailableError: Kafka's jars cannot be fetched.
            JavaUnavailableError: Java does not run.
            PortTakenError: The port asked for is in use, or free ports were lost three times in a row.
            ChildExitedError: The broker ended.
            NotReadyInTimeError: The broker did not answer by its deadline.
        """
        options = options or KafkaBrokerOptions()
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return cls(*_start(state_dir, options, cancelled))
            except PortTakenError:
                if options.port is not None or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """End the broker; its data stays in the state folder."""
        stop_children([self.child])

    def __enter__(self) -> Self:
        """Return the broker itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close the broker."""
        self.close()


def _start(state_dir: Path, options: KafkaBrokerOptions, cancelled: Event | None) -> tuple[str, Child]:
    broker_port, controller_port = _choose_ports(options)
    home = state_dir / "kafka"
    configuration = _write_configuration(home, broker_port, controller_port)
    _format_storage(home, configuration, state_dir / "log" / "kafka-format.log", cancelled)
    child = start_child(
        "Kafka broker",
        java_command(home, options.heap_mb, "kafka.Kafka", str(configuration)),
        log_path=state_dir / "log" / "kafka.log",
    )
    bootstrap = f"{LOOPBACK}:{broker_port}"
    try:
        probe = _MetadataProbe(bootstrap)
        wait_until_ready([child], probe.answers, deadline_s=options.deadline_s, cancelled=cancelled)
    except BaseException:
        stop_children([child], deadline_s=0.0)
        raise
    return bootstrap, child


def _choose_ports(options: KafkaBrokerOptions) -> tuple[int, int]:
    first, second = free_ports(2)
    if options.port is None:
        return first, second
    require_free(options.port, "Kafka broker")
    return options.port, second


def _write_configuration(home: Path, broker_port: int, controller_port: int) -> Path:
    home.mkdir(parents=True, exist_ok=True)
    (home / "log4j2.properties").write_text(text_of("kafka-log4j2.properties"))
    configuration = home / "server.properties"
    configuration.write_text(
        render(
            "kafka-server.properties",
            host=LOOPBACK,
            broker_port=broker_port,
            controller_port=controller_port,
            data_dir=home / "data",
        )
    )
    return configuration


def java_command(home: Path, heap_mb: int, main_class: str, *arguments: str) -> list[str]:
    """Return the command line that runs a main class of Kafka with our logging configuration."""
    return [
        str(java_executable()),
        *QUICK_START,
        f"-Xmx{heap_mb}m",
        f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}",
        "-cp",
        ":".join(map(str, _class_path())),
        main_class,
        *arguments,
    ]


def _class_path() -> Sequence[Path]:
    # Kafka's Maven artifact has the logging interface but no implementation; Flink's wheel brings a fitting one.
    logging_jars = sorted((flink_home() / "lib").glob("log4j-*.jar"))
    return [*jars_of(KAFKA_BROKER), *(jar for jar in logging_jars if "1.2-api" not in jar.name)]


def _format_storage(home: Path, configuration: Path, log_path: Path, cancelled: Event | None) -> None:
    arguments = ["format", "--standalone", "--ignore-formatted", "-t", cluster_id(uuid.uuid4())]
    command = java_command(home, 128, "kafka.tools.StorageTool", *arguments, "-c", str(configuration))
    child = start_child("Kafka storage format", command, log_path=log_path)
    try:
        status = wait_for_exit(child, deadline_s=60.0, cancelled=cancelled)
    finally:
        stop_children([child], deadline_s=0.0)
    if status != 0:
        raise ChildExitedError(
            f"Kafka storage format: expected status 0, got {status}; end of {log_path}:\n{log_tail(log_path)}"
        )


def cluster_id(source: uuid.UUID) -> str:
    """Return a Kafka cluster id: 22 characters of URL-safe base64, without dashes, which could pass for an option."""
    return base64.urlsafe_b64encode(source.bytes).decode().rstrip("=").replace("-", "A")


class _MetadataProbe:
    """Asks a broker for its metadata, the first thing any client does."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = AdminClient(
            {"bootstrap.servers": bootstrap, "reconnect.backoff.max.ms": 100, "log_level": 0}, logger=_SILENT
        )

    def answers(self) -> bool:
        try:
            return bool(self._admin.list_topics(timeout=0.5).brokers)
        except KafkaException:
            return False
