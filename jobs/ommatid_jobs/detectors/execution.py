"""Where a model runs and within which limits: from what is asked for to what onnxruntime is told. Pure.

Options are those of onnxruntime's documentation of its CUDA and TensorRT execution providers. What
they do on a GPU has not been tried by the tests of this project, which run on a CPU.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ommatid_jobs.detectors.model_card import ModelInput

Device = Literal["auto", "cpu", "cuda", "tensorrt"]

BUCKETS = (1, 4, 8, 16, 32)
"""Batch sizes that a GPU is prepared for; batches in between are filled up, larger ones are cut."""

PROVIDERS = {"tensorrt": "TensorrtExecutionProvider", "cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}
"""Execution providers by device, as onnxruntime calls them."""

_USUAL_BATCH = 8


@dataclass(frozen=True, slots=True)
class Execution:
    """What is asked for.

    Attributes:
        device: ``auto`` is the best that is there: CUDA where driver and libraries load, else the
            CPU. TensorRT is taken only when it is named, because building its engines takes
            minutes. A named device is that one or a failure.
        fall_back_to_cpu: A named GPU that is not there, or fails while it runs, is replaced by the
            CPU; ``auto`` always may.
        threads: CPU threads of one call.
        gpu_memory_bytes: Most that this model takes of the GPU's memory; None is no limit.
        fp16: TensorRT computes in half precision.
        engine_cache: Folder for TensorRT's engines, so that they are built once.
    """

    device: Device = "auto"
    fall_back_to_cpu: bool = False
    threads: int = 1
    gpu_memory_bytes: int | None = None
    fp16: bool = False
    engine_cache: Path | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to run a model: execution providers with their options, best first."""

    providers: tuple[tuple[str, Mapping[str, str]], ...]

    @property
    def provider(self) -> str:
        """The one that has to come out."""
        return self.providers[0][0]

    @property
    def on_gpu(self) -> bool:
        """Whether the model leaves the CPU."""
        return self.provider != PROVIDERS["cpu"]


CPU = Attempt(((PROVIDERS["cpu"], {}),))


def attempts(
    execution: Execution, model_input: ModelInput, available: Collection[str], *, gpu_driver: bool
) -> tuple[Attempt, ...]:
    """Ways to run a model, in the order in which they are tried; never none.

    Args:
        execution: What is asked for.
        model_input: The model's input tensor.
        available: Execution providers of this build of onnxruntime.
        gpu_driver: Whether NVIDIA's driver is there. The GPU build of onnxruntime lists its
            providers on every machine; without the driver they cannot load.
    """
    cuda = (PROVIDERS["cuda"], _cuda_options(execution))
    if execution.device == "auto":
        return (Attempt((cuda, *CPU.providers)), CPU) if gpu_driver and cuda[0] in available else (CPU,)
    if execution.device == "cpu":
        return (CPU,)
    tensorrt = (PROVIDERS["tensorrt"], _tensorrt_options(execution, model_input))
    # What TensorRT cannot do of a model goes to CUDA, and what that cannot do to the CPU.
    on_gpu = Attempt(((tensorrt, cuda) if execution.device == "tensorrt" else (cuda,)) + CPU.providers)
    return (on_gpu, CPU) if execution.fall_back_to_cpu else (on_gpu,)


def bucket_for(size: int) -> int:
    """Smallest prepared batch size that holds so many frames, at most 32."""
    return next(bucket for bucket in BUCKETS if bucket >= size)


def _cuda_options(execution: Execution) -> dict[str, str]:
    options = {
        # The arena grows by what is needed instead of doubling, so that several models fit beside each other.
        "arena_extend_strategy": "kSameAsRequested",
        "cudnn_conv_algo_search": "EXHAUSTIVE",
        "do_copy_in_default_stream": "1",
    }
    if execution.gpu_memory_bytes is not None:
        options["gpu_mem_limit"] = str(execution.gpu_memory_bytes)
    return options


def _tensorrt_options(execution: Execution, model_input: ModelInput) -> dict[str, str]:
    """One engine for all batch sizes: without a profile, every new size would build another."""
    options = {
        f"trt_profile_{bound}_shapes": f"{model_input.name}:{batch}x3x{model_input.height}x{model_input.width}"
        for bound, batch in (("min", BUCKETS[0]), ("opt", _USUAL_BATCH), ("max", BUCKETS[-1]))
    }
    options["trt_fp16_enable"] = str(int(execution.fp16))
    if execution.gpu_memory_bytes is not None:
        options["trt_max_workspace_size"] = str(execution.gpu_memory_bytes)
    if execution.engine_cache is not None:
        cache = str(execution.engine_cache)
        options |= {"trt_engine_cache_enable": "1", "trt_engine_cache_path": cache}
        options |= {"trt_timing_cache_enable": "1", "trt_timing_cache_path": cache}
    return options
