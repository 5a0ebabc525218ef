"""What onnxruntime is told, without onnxruntime."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.detectors import load_card
from ommatid_jobs.detectors.execution import BUCKETS, CPU, PROVIDERS, Device, Execution, attempts, bucket_for

INPUT = load_card("nanodet-416").input
GPU_BUILD = tuple(PROVIDERS.values())


def providers(execution: Execution, *, gpu_driver: bool = True, build: tuple[str, ...] = GPU_BUILD) -> list[list[str]]:
    """Names of the providers of each attempt."""
    found = attempts(execution, INPUT, build, gpu_driver=gpu_driver)
    return [[name.removesuffix("ExecutionProvider") for name, _ in attempt.providers] for attempt in found]


@pytest.mark.parametrize(
    ("device", "gpu_driver", "expected"),
    [
        ("auto", True, [["CUDA", "CPU"], ["CPU"]]),
        ("auto", False, [["CPU"]]),
        ("cpu", True, [["CPU"]]),
        ("cuda", False, [["CUDA", "CPU"]]),
        ("tensorrt", True, [["Tensorrt", "CUDA", "CPU"]]),
    ],
)
def test_the_device_says_what_is_tried(device: Device, gpu_driver: bool, expected: list[list[str]]):
    assert providers(Execution(device), gpu_driver=gpu_driver) == expected


@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_the_cpu_takes_over_from_a_named_device_only_where_that_is_allowed(device: Device):
    named = Execution(device)

    assert ["CPU"] not in providers(named)
    assert providers(replace(named, fall_back_to_cpu=True))[-1] == ["CPU"]


def test_auto_takes_the_cpu_where_the_build_knows_no_gpu():
    assert providers(Execution("auto"), build=("CPUExecutionProvider",)) == [["CPU"]]


def test_one_tensorrt_engine_serves_every_batch_size():
    execution = Execution("tensorrt", fp16=True, engine_cache=Path("/engines"), gpu_memory_bytes=1 << 30)
    (attempt,) = attempts(execution, INPUT, GPU_BUILD, gpu_driver=True)
    options = dict(attempt.providers)["TensorrtExecutionProvider"]

    assert options["trt_profile_min_shapes"] == "images:1x3x416x416"
    assert options["trt_profile_opt_shapes"] == "images:8x3x416x416"
    assert options["trt_profile_max_shapes"] == "images:32x3x416x416"
    assert (options["trt_fp16_enable"], options["trt_max_workspace_size"]) == ("1", str(1 << 30))
    assert (options["trt_engine_cache_enable"], options["trt_engine_cache_path"]) == ("1", "/engines")


def test_memory_is_bounded_only_when_that_is_asked_for():
    def cuda(execution: Execution) -> dict[str, str]:
        return dict(dict(attempts(execution, INPUT, GPU_BUILD, gpu_driver=True)[0].providers)[PROVIDERS["cuda"]])

    assert cuda(Execution("cuda", gpu_memory_bytes=5))["gpu_mem_limit"] == "5"
    assert "gpu_mem_limit" not in cuda(Execution("cuda"))


def test_only_the_cpu_is_no_gpu():
    assert not CPU.on_gpu
    assert attempts(Execution("cuda"), INPUT, GPU_BUILD, gpu_driver=True)[0].on_gpu


@given(st.integers(1, BUCKETS[-1]))
def test_a_batch_is_filled_up_to_the_next_prepared_size(size: int):
    bucket = bucket_for(size)

    assert bucket in BUCKETS
    assert bucket >= size
    assert not [smaller for smaller in BUCKETS if size <= smaller < bucket]
