"""The fleet file against the models that there are."""

from collections.abc import Iterator
from pathlib import Path

from ommatid_jobs.detectors.model_card import load_card, packaged_models
from ommatid_jobs.detectors.model_repository import ModelRepository
from ommatid_jobs.detectors.null import NULL_MODEL
from ommatid_jobs.operators.rules import check_labels
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Cascade, Fleet, OnnxModel, VisionLlm


def check_models(fleet: Fleet) -> tuple[str, ...]:
    """Refuse detectors that there are not, and labels that a detector cannot give, in rules and in filters.

    Own models live on the workers. Where this machine has their folder too, their labels are checked.

    Returns:
        A sentence for each own model whose labels could not be checked here.

    Raises:
        ConfigurationError: Naming the places in the fleet file.
    """
    faults = [*_detector_faults(fleet), *_group_faults(fleet)]
    if faults:
        raise ConfigurationError("; ".join(faults))
    check_labels(fleet, {group.detector: _classes(fleet, group.detector) for group in fleet.groups.values()})
    return tuple(_elsewhere(fleet))


def _elsewhere(fleet: Fleet) -> Iterator[str]:
    for name, detector in fleet.detectors.items():
        if isinstance(detector, OnnxModel) and not ModelRepository(name, Path(detector.path)).here:
            yield f"detectors.{name}: {detector.path} is not on this machine, so its labels cannot be checked here"


def _group_faults(fleet: Fleet) -> Iterator[str]:
    known = sorted({*packaged_models(), NULL_MODEL, *fleet.detectors})
    for name, group in fleet.groups.items():
        if group.detector not in known:
            yield f"groups.{name}.detector: expected one of {known}, found {group.detector!r}"


def _detector_faults(fleet: Fleet) -> Iterator[str]:
    for name, detector in fleet.detectors.items():
        path = f"detectors.{name}"
        if name in (*packaged_models(), NULL_MODEL):
            yield f"{path}: expected another name, found that of a packaged model"
        if isinstance(detector, OnnxModel):
            yield from _own_model_faults(path, name, detector)
        if isinstance(detector, Cascade):
            yield from _cascade_faults(path, detector, fleet)


def _own_model_faults(path: str, name: str, model: OnnxModel) -> Iterator[str]:
    repository = ModelRepository(name, Path(model.path))
    if not repository.here:
        return
    try:
        repository.card(repository.pointer().active)
    except ConfigurationError as exc:
        yield f"{path}.path: {exc}"


def _cascade_faults(path: str, cascade: Cascade, fleet: Fleet) -> Iterator[str]:
    own = {name for name, detector in fleet.detectors.items() if isinstance(detector, OnnxModel)}
    known = sorted({*packaged_models(), *own})
    if cascade.first not in known:
        yield f"{path}.first: expected one of {known}, found {cascade.first!r}"
        return
    classes = _box_classes(fleet, cascade.first)
    for label in cascade.when.labels:
        if classes is not None and label not in classes:
            yield f"{path}.when.labels: expected classes of {cascade.first!r}, found {label!r}"


def _classes(fleet: Fleet, detector: str) -> tuple[str, ...]:
    """Labels that its boxes can have; every rule may stay beside a model whose labels are not known here."""
    known = _known_classes(fleet, detector)
    return tuple(label for rule in fleet.rules.values() for label in rule.labels) if known is None else known


def _known_classes(fleet: Fleet, detector: str) -> tuple[str, ...] | None:
    """Classes of a detector: none for a vision language model, None for the null model and one on the workers alone."""
    match fleet.detectors.get(detector):
        case VisionLlm():
            return ()
        case Cascade(first=first):
            return _box_classes(fleet, first)
        case OnnxModel() | None:
            return None if detector == NULL_MODEL else _box_classes(fleet, detector)


def _box_classes(fleet: Fleet, model: str) -> tuple[str, ...] | None:
    """Classes of an own model or a packaged one."""
    own = fleet.detectors.get(model)
    return (
        _active_classes(ModelRepository(model, Path(own.path)))
        if isinstance(own, OnnxModel)
        else load_card(model).classes
    )


def _active_classes(repository: ModelRepository) -> tuple[str, ...] | None:
    """None where the folder is missing, or wrong: that is a fault of its own."""
    try:
        return repository.card(repository.pointer().active).classes if repository.here else None
    except ConfigurationError:
        return None
