"""Which models a deployment needs, and how those of the fleet file are put together. Loading itself is passed in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ommatid_jobs.detectors.cascade import CascadeDetector
from ommatid_jobs.detectors.detector import Detector
from ommatid_jobs.detectors.null import NULL_MODELS, NullDetector
from ommatid_schemas.fleet_file import Cascade, FleetDetector, OnnxModel, VisionLlm

Defined = Mapping[str, FleetDetector]
"""Detectors of the fleet file, by name; every other name is that of a packaged model, or of a null model."""


@dataclass(frozen=True, slots=True)
class Loaders:
    """How to get single models.

    Attributes:
        packaged: Loads a packaged model.
        vision_llm: Opens a vision language model of the fleet file.
        onnx: Loads the active version of an own model, and follows that.
    """

    packaged: Callable[[str], Detector]
    vision_llm: Callable[[str, VisionLlm], Detector]
    onnx: Callable[[str, OnnxModel], Detector]


def needed(names: Iterable[str], defined: Defined) -> dict[str, FleetDetector]:
    """The detectors of the fleet file that these names lead to, both models of cascades included."""
    found = {name: defined[name] for name in names if name in defined}
    behind = {model for each in found.values() if isinstance(each, Cascade) for model in (each.first, each.then)}
    return found | {name: defined[name] for name in sorted(behind.intersection(defined))}


def load_all(names: Iterable[str], defined: Defined, loaders: Loaders) -> dict[str, Detector]:
    """Load the models of these names, and those behind cascades; each of them once, whoever uses it.

    Raises:
        OmmatidError: As the loaders do; what was loaded before is closed.
    """
    loaded: dict[str, Detector] = {}
    try:
        for name in names:
            _load(name, defined, loaders, loaded)
    except BaseException:
        close_all(loaded)
        raise
    return loaded


def close_all(loaded: Mapping[str, Detector]) -> None:
    """Close every model."""
    for detector in loaded.values():
        detector.close()


def _load(name: str, defined: Defined, loaders: Loaders, loaded: dict[str, Detector]) -> Detector:
    if name not in loaded:
        loaded[name] = _new(name, defined, loaders, loaded)
    return loaded[name]


def _new(name: str, defined: Defined, loaders: Loaders, loaded: dict[str, Detector]) -> Detector:
    settings = defined.get(name)
    if name in NULL_MODELS:
        return NullDetector(name)
    if settings is None:
        return loaders.packaged(name)
    if isinstance(settings, VisionLlm):
        return loaders.vision_llm(name, settings)
    if isinstance(settings, OnnxModel):
        return loaders.onnx(name, settings)
    first = _load(settings.first, defined, loaders, loaded)
    return CascadeDetector(name, first, settings.when, _load(settings.then, defined, loaders, loaded))
