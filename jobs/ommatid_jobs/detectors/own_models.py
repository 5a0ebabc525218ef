"""Open a model of the fleet file's own in a worker, and follow which version is active."""

from functools import partial
from pathlib import Path

from ommatid_jobs.detectors.execution import Execution
from ommatid_jobs.detectors.model_repository import ModelRepository
from ommatid_jobs.detectors.onnx import OnnxDetector, open_chain
from ommatid_jobs.detectors.swapping import SwappingDetector
from ommatid_schemas.fleet_file import OnnxModel


def open_own_model(name: str, settings: OnnxModel, threads: int) -> SwappingDetector:
    """Load the active version; another one that becomes active takes over by itself.

    Args:
        name: Name in the fleet file.
        settings: The detector.
        threads: CPU threads of one call, where the fleet file does not say.

    Raises:
        ConfigurationError: No version is active, or its card is wrong.
        ModelUnavailable: It does not load or run on this machine.
    """
    repository = ModelRepository(name, Path(settings.path))
    detector = SwappingDetector(name, repository.pointer, partial(_load, repository, execution_of(settings, threads)))
    detector.follow(settings.poll)
    return detector


def execution_of(settings: OnnxModel, threads: int) -> Execution:
    """Device and limits of a detector of the fleet file."""
    return Execution(
        device=settings.device,
        fall_back_to_cpu=settings.fallback == "cpu",
        threads=settings.threads or threads,
        gpu_memory_bytes=settings.gpu_memory_bytes,
        fp16=settings.fp16,
        engine_cache=None if settings.engine_cache is None else Path(settings.engine_cache),
    )


def _load(repository: ModelRepository, execution: Execution, version: str) -> OnnxDetector:
    card = repository.card(version)
    return OnnxDetector(card, open_chain(card, repository.model(version), execution))
