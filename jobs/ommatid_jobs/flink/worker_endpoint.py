"""One Prometheus endpoint for each Python worker: what its operators count, and the process itself.

Flink's own reporter is not enough for this. It knows no histogram of a Python operator, loses counters that another
thread changes, and each metric costs the worker time at the end of every bundle, fifty times a second and more
(docs/decisions/014-metrics-of-the-workers.md).
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Annotated

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ommatid_schemas.errors import ConfigurationError

_LOG = logging.getLogger(__name__)
_AGAIN_AFTER_S = 2.0
_LAST_PORT = 65535


def ports_of(text: object) -> object:
    """Ports of a text such as ``9260-9279`` or ``9260,9262``, in order; ``0`` is none.

    Raises:
        ValueError: It is something else.
    """
    if not isinstance(text, str):
        return text
    if text.strip() == "0":
        return ()
    return tuple(port for part in text.split(",") for port in _range(part))


def _range(part: str) -> range:
    first, _, last = part.partition("-")
    ports = range(int(first), int(last or first) + 1)
    if not ports or ports.start < 1 or ports.stop > _LAST_PORT + 1:
        raise ValueError(f"expected ports from 1 to {_LAST_PORT}, such as 9260-9279, found {part!r}")
    return ports


class WorkerMetricsSettings(BaseSettings):
    """Where a worker answers; variables ``OMMATID_WORKER_METRICS_*`` in the environment of the TaskManager."""

    model_config = SettingsConfigDict(env_prefix="OMMATID_WORKER_METRICS_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(ports_of)] = Field(
        default=tuple(range(9260, 9280)), description="the first free one is taken; 0 for no endpoint"
    )


class WorkerEndpoint(Collector):
    """Collects from the operators of one process, whichever of them are open.

    Args:
        listen: Starts to answer with a registry and returns; raises ``OSError`` while no port is free.
        again_after_s: Time until the next attempt, seconds. A job that starts again meets the worker of before,
            which holds its port until it is gone.
    """

    def __init__(self, listen: Callable[[CollectorRegistry], object], again_after_s: float = _AGAIN_AFTER_S) -> None:
        self._listen = listen
        self._again_after_s = again_after_s
        self._operators: dict[str, CollectorRegistry] = {}
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(self)

    def show(self, operator: str, registry: CollectorRegistry) -> None:
        """Show what an operator counts from now on, in place of what it counted before; the first call starts all."""
        self._operators[operator] = registry
        with self._lock:
            if not self._started.is_set():
                self._started.set()
                threading.Thread(target=self._start, name="metrics-start", daemon=True).start()

    def describe(self) -> Sequence[Metric]:
        """Nothing: names are those of the operators, which come later."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics of all operators; two that have a metric of the same name give samples to one family."""
        families: dict[str, Metric] = {}
        for registry in list(self._operators.values()):
            for family in registry.collect():
                known = families.setdefault(family.name, family)
                if known is not family:
                    known.samples.extend(family.samples)
        yield from families.values()

    def _start(self) -> None:
        never, complaint = threading.Event(), self._try_to_listen()
        if complaint:
            _LOG.warning("metrics: nowhere to listen (%s); trying again every %.0f s", complaint, self._again_after_s)
        while complaint:
            never.wait(self._again_after_s)
            complaint = self._try_to_listen()

    def _try_to_listen(self) -> str | None:
        """What is in the way; None once it listens."""
        try:
            self._listen(self._registry)
        except OSError as exc:
            return str(exc)
        return None


def listen_on(settings: WorkerMetricsSettings, registry: CollectorRegistry) -> int | None:
    """Answer on the first free port of the settings.

    Returns:
        The port; None when the settings want no endpoint.

    Raises:
        OSError: None of the ports is free.
    """
    taken: OSError | None = None
    for port in settings.ports:
        try:
            start_http_server(port, settings.host, registry)
        except OSError as exc:
            taken = exc
            continue
        _LOG.info("metrics at http://%s:%d/metrics", settings.host, port)
        return port
    if taken is not None:
        raise taken
    return None


@cache
def worker_endpoint() -> WorkerEndpoint:
    """The endpoint of this process.

    Raises:
        ConfigurationError: A variable has a wrong value.
    """
    # They would double the series, and nobody asks when a counter was made.
    disable_created_metrics()
    try:
        settings = WorkerMetricsSettings()
    except ValidationError as exc:
        found = os.environ.get("OMMATID_WORKER_METRICS_PORTS")
        raise ConfigurationError(
            "OMMATID_WORKER_METRICS_PORTS: expected 0, or ports from 1 to 65535 such as 9260-9279 or 9260,9262, "
            f"found {found!r}; set it for every TaskManager and start the job again"
        ) from exc
    return WorkerEndpoint(lambda registry: listen_on(settings, registry))
