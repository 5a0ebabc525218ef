"""The fleet file against the models that there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ommatid_jobs.detectors.model_card import load_card, packaged_models
from ommatid_jobs.detectors.model_repository import ModelRepository
from ommatid_jobs.detectors.null import NULL_MODELS
from ommatid_jobs.operators.rules import check_labels
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Cascade, Fleet, OnnxModel, Redaction, VisionLlm

PERSON = "person"
"""Label of the boxes by which people are hidden on pictures."""


def check_models(fleet: Fleet) -> tuple[str, ...]:
    """Refuse detectors that there are not, and labels that a detector cannot give, in rules and in filters.

    Own models live on the workers. Where this machine has their folder too, their labels are checked.

    Returns:
        A sentence for each own model whose labels could not be checked here.

    Raises:
        ConfigurationError: Naming the places in the fleet file.
    """
    models = _Models(fleet)
    faults = [*_detector_faults(models), *_group_faults(fleet)] or list(_redaction_faults(models))
    if faults:
        raise ConfigurationError("; ".join(faults))
    check_labels(fleet, models.labels_by_detector)
    return tuple(_elsewhere(models))


def check_version(fleet: Fleet, name: str, version: str) -> None:
    """Refuse a version of an own model that cannot give the labels which rules and filters watch.

    What else may be wrong with other models does not matter here.

    Raises:
        ConfigurationError: Its card is wrong, or naming the places in the fleet file.
    """
    models = _Models(fleet, {name: version})
    models.card_classes(name)
    cascades = {key: it for key, it in fleet.detectors.items() if isinstance(it, Cascade) and it.first == name}
    faults = [fault for key, it in cascades.items() for fault in _cascade_faults(f"detectors.{key}", it, models)]
    if faults:
        raise ConfigurationError("; ".join(faults))
    check_labels(fleet, models.labels_by_detector)


def unseen_by(fleet: Fleet, detector: str, label: str, version: str | None = None) -> str | None:
    """Why it is not certain that a detector gives boxes of a label; None where it does.

    An own model whose card is not on this machine is not certain.

    Args:
        fleet: Fleet whose detectors count beside the packaged models.
        detector: Name as in a group or in a result.
        label: Class of the boxes.
        version: As in a result, of a cascade both versions; None: the active one.
    """
    if detector not in (*packaged_models(), *NULL_MODELS, *fleet.detectors):
        return f"detector {detector} is not in the fleet file"
    defined = fleet.detectors.get(detector)
    boxes_by = defined.first if isinstance(defined, Cascade) else detector
    versions = {} if version is None else {boxes_by: version.partition("+")[0]}
    classes = () if detector in NULL_MODELS else _Models(fleet, versions).classes(detector)
    if classes is None:
        return f"detectors.{detector}: its model is not on this machine, so it is not known whether it sees a {label}"
    return None if label in classes else f"detector {detector} gives no boxes of a {label}"


@dataclass(frozen=True, slots=True)
class _Models:
    """What the detectors of a fleet can give.

    Attributes:
        versions: Versions of own models, by name, that count instead of the active ones.
    """

    fleet: Fleet
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    own: Mapping[str, ModelRepository] = field(init=False)

    def __post_init__(self) -> None:
        defined = self.fleet.detectors.items()
        own = {name: ModelRepository(name, Path(it.path)) for name, it in defined if isinstance(it, OnnxModel)}
        object.__setattr__(self, "own", own)

    @property
    def labels_by_detector(self) -> dict[str, tuple[str, ...]]:
        """Labels that rules of groups with these detectors may name."""
        return {group.detector: self._labels(group.detector) for group in self.fleet.groups.values()}

    def _labels(self, detector: str) -> tuple[str, ...]:
        """All of them where the classes are not known here."""
        known = self.classes(detector)
        return tuple(label for rule in self.fleet.rules.values() for label in rule.labels) if known is None else known

    def classes(self, detector: str) -> tuple[str, ...] | None:
        """None of a vision language model; None, not known, of a null model and of one on the workers alone."""
        defined = self.fleet.detectors.get(detector)
        if isinstance(defined, VisionLlm):
            return ()
        if detector in NULL_MODELS:
            return None
        return self.box_classes(defined.first if isinstance(defined, Cascade) else detector)

    def box_classes(self, model: str) -> tuple[str, ...] | None:
        """Classes of an own model or a packaged one; None where the own one is not here, or wrong."""
        if model not in self.own:
            return load_card(model).classes
        try:
            return self.card_classes(model) if self.own[model].here else None
        except ConfigurationError:
            return None

    def card_classes(self, own: str) -> tuple[str, ...]:
        """Classes of the version that counts.

        Raises:
            ConfigurationError: No version is active, or its card is wrong.
        """
        repository = self.own[own]
        return repository.card(self.versions.get(own) or repository.pointer().active).classes


def _elsewhere(models: _Models) -> Iterator[str]:
    for name, repository in models.own.items():
        if not repository.here:
            yield f"detectors.{name}: {repository.folder} is not on this machine, so its labels cannot be checked here"


def _group_faults(fleet: Fleet) -> Iterator[str]:
    known = sorted({*packaged_models(), *NULL_MODELS, *fleet.detectors})
    for name, group in fleet.groups.items():
        if group.detector not in known:
            yield f"groups.{name}.detector: expected one of {known}, found {group.detector!r}"


def _detector_faults(models: _Models) -> Iterator[str]:
    for name, detector in models.fleet.detectors.items():
        path = f"detectors.{name}"
        if name in (*packaged_models(), *NULL_MODELS):
            yield f"{path}: expected another name, found that of a packaged model"
        if isinstance(detector, OnnxModel):
            yield from _own_model_faults(path, name, models)
        if isinstance(detector, Cascade):
            yield from _cascade_faults(path, detector, models)


def _redaction_faults(models: _Models) -> Iterator[str]:
    """Groups whose people could never be hidden, because nobody says where they are."""
    fleet = models.fleet
    for name, group in fleet.groups.items():
        hidden = [group.redact, *(camera.redact for camera in fleet.cameras.values() if camera.group == name)]
        if not {Redaction.FACES, Redaction.PERSONS} & {*hidden}:
            continue
        unseen = unseen_by(fleet, group.detector, PERSON)
        if unseen is not None and models.classes(group.detector) is not None:
            yield f"groups.{name}.redact: expected a detector that sees people; {unseen}"


def _own_model_faults(path: str, name: str, models: _Models) -> Iterator[str]:
    if not models.own[name].here:
        return
    try:
        models.card_classes(name)
    except ConfigurationError as exc:
        yield f"{path}.path: {exc}"


def _cascade_faults(path: str, cascade: Cascade, models: _Models) -> Iterator[str]:
    known = sorted({*packaged_models(), *models.own})
    if cascade.first not in known:
        yield f"{path}.first: expected one of {known}, found {cascade.first!r}"
        return
    classes = models.box_classes(cascade.first)
    for label in cascade.when.labels:
        if classes is not None and label not in classes:
            yield f"{path}.when.labels: expected classes of {cascade.first!r}, found {label!r}"
