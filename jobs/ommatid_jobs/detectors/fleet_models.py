"""The fleet file against the models that there are."""

from ommatid_jobs.detectors.model_card import ModelCard, load_card
from ommatid_jobs.operators.rules import check_labels
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet


def check_models(fleet: Fleet) -> None:
    """Refuse detectors that are not packaged, and rule labels that their group's detector cannot give.

    Raises:
        ConfigurationError: Naming the place in the fleet file.
    """
    cards = {group.detector: _card(name, group.detector) for name, group in fleet.groups.items()}
    check_labels(fleet, {detector: card.classes for detector, card in cards.items()})


def _card(group: str, detector: str) -> ModelCard:
    try:
        return load_card(detector)
    except ConfigurationError as exc:
        raise ConfigurationError(f"groups.{group}.{exc}") from exc
