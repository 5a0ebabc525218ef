"""A label that no model can give makes a rule that never fires: refused before anything starts."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet


def check_labels(fleet: Fleet, classes: Mapping[str, Collection[str]]) -> None:
    """Hold every rule's labels against the classes of its groups' detectors.

    Args:
        fleet: The fleet file.
        classes: Class names by detector name, for every detector of the fleet; none for those that
            give no boxes.

    Raises:
        ConfigurationError: A rule names a label that a detector of one of its groups does not
            know; the message names every such rule and label, and a close match.
    """
    faults = sorted(set(_faults(fleet, classes)))
    if faults:
        raise ConfigurationError("; ".join(faults))


def _faults(fleet: Fleet, classes: Mapping[str, Collection[str]]) -> Iterator[str]:
    for rule_name, rule in fleet.rules.items():
        for detector in {fleet.groups[group].detector for group in rule.groups}:
            for label in set(rule.labels).difference(classes[detector]):
                advice = _advice(label, classes[detector])
                yield f"rules.{rule_name}.labels: expected classes of detector {detector!r}, found {label!r}; {advice}"


def _advice(label: str, known: Collection[str]) -> str:
    if not known:
        return "it gives answers and no boxes: put a cascade in front of it"
    close = get_close_matches(label.lower(), known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(sorted(known))}"
