"""How busy the GPUs of a worker are, by NVIDIA's management library. Without its driver there is nothing to show."""

import importlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

_LOG = logging.getLogger(__name__)
_LABELS = ("gpu", "uuid", "name")


@dataclass(frozen=True, slots=True)
class GpuReading:
    """One GPU at one moment; all processes on it together.

    Attributes:
        index: Its number, as ``nvidia-smi`` counts.
        uuid: Its identity, ``GPU-...``.
        name: Its model.
        utilisation: Share of the last sample period (up to 1 s) in which a kernel ran, 0..1.
        memory_used_bytes: Memory in use.
        memory_total_bytes: Memory that there is.
    """

    index: int
    uuid: str
    name: str
    utilisation: float
    memory_used_bytes: int
    memory_total_bytes: int


def is_visible(reading: GpuReading, visible_devices: str | None) -> bool:
    """Whether a process with this ``CUDA_VISIBLE_DEVICES`` may use the GPU; None or empty: all.

    The variable names GPUs by number or by the beginning of their identity.
    """
    if not visible_devices:
        return True
    wanted = [part.strip() for part in visible_devices.split(",") if part.strip()]
    by_number, by_identity = str(reading.index) in wanted, any(map(reading.uuid.startswith, wanted))
    return by_number or by_identity


class GpuCollector(Collector):
    """Reads the GPUs at each scrape.

    Args:
        read: Readings of the worker's GPUs; empty when they cannot be read.
    """

    def __init__(self, read: Callable[[], Sequence[GpuReading]]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        """Utilisation and memory, one sample for each GPU."""
        readings = self._read()
        yield _family("utilisation_ratio", "Share of time in which a kernel ran.", readings, lambda it: it.utilisation)
        yield _family("memory_used_bytes", "Memory in use.", readings, lambda it: it.memory_used_bytes)
        yield _family("memory_total_bytes", "Memory of the GPU.", readings, lambda it: it.memory_total_bytes)


def _family(
    name: str, documentation: str, readings: Sequence[GpuReading], value: Callable[[GpuReading], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"ommatid_worker_gpu_{name}", documentation, labels=_LABELS)
    for reading in readings:
        family.add_metric((str(reading.index), reading.uuid, reading.name), value(reading))
    return family


def gpu_registry(visible_devices: str | None) -> CollectorRegistry:
    """Registry with the GPUs of this machine; an empty one, and a line in the log, where there is no driver.

    Args:
        visible_devices: ``CUDA_VISIBLE_DEVICES`` of the worker.
    """
    registry = CollectorRegistry()
    # The library is a thin layer over C and has no types.
    nvml: Any = importlib.import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as exc:
        _LOG.info("no metrics of GPUs: %s", exc)
        return registry
    registry.register(GpuCollector(lambda: [it for it in _readings(nvml) if is_visible(it, visible_devices)]))
    return registry


def _readings(nvml: Any) -> list[GpuReading]:
    """All GPUs of the machine; none when the driver does not answer, as after a GPU has fallen off the bus."""
    try:
        return [_reading(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError as exc:
        _LOG.warning("GPUs cannot be read: %s", exc)
        return []


def _reading(nvml: Any, index: int) -> GpuReading:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    return GpuReading(
        index=index,
        uuid=str(nvml.nvmlDeviceGetUUID(handle)),
        name=str(nvml.nvmlDeviceGetName(handle)),
        utilisation=nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
        memory_used_bytes=int(memory.used),
        memory_total_bytes=int(memory.total),
    )
