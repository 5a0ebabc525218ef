"""GPUs of a worker; the real library is asked, whether or not there is a driver for it."""

import logging

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ommatid_jobs.flink.detect.gpu_metrics import GpuCollector, GpuReading, gpu_registry, is_visible

READING = GpuReading(1, "GPU-4f2d-77", "NVIDIA L4", 0.75, 3 * 2**30, 24 * 2**30)


def test_utilisation_and_memory_carry_the_identity_of_the_gpu():
    registry = CollectorRegistry()
    registry.register(GpuCollector(lambda: [READING]))

    labels = {"gpu": "1", "uuid": "GPU-4f2d-77", "name": "NVIDIA L4"}
    assert registry.get_sample_value("ommatid_worker_gpu_utilisation_ratio", labels) == 0.75
    assert registry.get_sample_value("ommatid_worker_gpu_memory_used_bytes", labels) == 3 * 2**30
    assert registry.get_sample_value("ommatid_worker_gpu_memory_total_bytes", labels) == 24 * 2**30


@pytest.mark.parametrize("devices", [None, "", "1", "0, 1", "GPU-4f2d"])
def test_a_gpu_is_visible_by_default_by_number_and_by_identity(devices: str | None):
    assert is_visible(READING, devices)


@pytest.mark.parametrize("devices", ["0", "11", "-1", "GPU-5", "MIG-4f2d"])
def test_a_gpu_that_the_worker_was_not_given_is_not_shown(devices: str):
    assert not is_visible(READING, devices)


def test_without_a_driver_there_are_no_gauges_and_one_line_in_the_log(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        registry = gpu_registry(None)

    shown = b"ommatid_worker_gpu" in generate_latest(registry)
    assert shown != ("no metrics of GPUs" in caplog.text)
    assert len(caplog.records) <= 1
