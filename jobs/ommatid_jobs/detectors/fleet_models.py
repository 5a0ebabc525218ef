"""The fleet file against the models that there are."""

from collections.abc import Iterator

from ommatid_jobs.detectors.model_card import load_card, packaged_models
from ommatid_jobs.detectors.null import NULL_MODEL
from ommatid_jobs.operators.rules import check_labels
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Cascade, Fleet


def check_models(fleet: Fleet) -> None:
    """Refuse detectors that there are not, and labels that a detector cannot give, in rules and in filters.

    Raises:
        ConfigurationError: Naming the places in the fleet file.
    """
    faults = [*_detector_faults(fleet), *_group_faults(fleet)]
    if faults:
        raise ConfigurationError("; ".join(faults))
    check_labels(fleet, {group.detector: _classes(fleet, group.detector) for group in fleet.groups.values()})


def _group_faults(fleet: Fleet) -> Iterator[str]:
    known = sorted({*packaged_models(), NULL_MODEL, *fleet.detectors})
    for name, group in fleet.groups.items():
        if group.detector not in known:
            yield f"groups.{name}.detector: expected one of {known}, found {group.detector!r}"


def _detector_faults(fleet: Fleet) -> Iterator[str]:
    packaged = packaged_models()
    for name, detector in fleet.detectors.items():
        if name in (*packaged, NULL_MODEL):
            yield f"detectors.{name}: expected another name, found that of a packaged model"
        if isinstance(detector, Cascade):
            yield from _cascade_faults(f"detectors.{name}", detector, packaged)


def _cascade_faults(path: str, cascade: Cascade, packaged: tuple[str, ...]) -> Iterator[str]:
    if cascade.first not in packaged:
        yield f"{path}.first: expected one of {list(packaged)}, found {cascade.first!r}"
        return
    classes = load_card(cascade.first).classes
    for label in cascade.when.labels:
        if label not in classes:
            yield f"{path}.when.labels: expected classes of {cascade.first!r}, found {label!r}"


def _classes(fleet: Fleet, detector: str) -> tuple[str, ...]:
    """Labels that its boxes can have; a vision language model gives none. Every rule may stay beside the null model."""
    if detector == NULL_MODEL:
        return tuple(label for rule in fleet.rules.values() for label in rule.labels)
    defined = fleet.detectors.get(detector)
    if defined is None:
        return load_card(detector).classes
    return load_card(defined.first).classes if isinstance(defined, Cascade) else ()
