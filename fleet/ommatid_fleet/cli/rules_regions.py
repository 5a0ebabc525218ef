"""Which regions a command on rules is about, and the topics of their rules."""

from collections.abc import Iterable

from ommatid_connectors.kafka import client_config
from ommatid_fleet.regions import region_of
from ommatid_jobs.rules_topic import RulesTopic
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet


def rules_topics(fleet: Fleet, region: str | None, bootstrap: str | None, source: str) -> dict[str, RulesTopic]:
    """Topics by region: of one region, or of all.

    Raises:
        ConfigurationError: There is no such region, or brokers were given for several.
    """
    names = list(fleet.regions) if region is None else [region]
    connections = {name: region_of(fleet, name, source).kafka for name in names}
    if bootstrap is not None:
        require_one(names, "--bootstrap")
    return {name: RulesTopic(client_config(kafka, bootstrap), name) for name, kafka in connections.items()}


def require_one(regions: Iterable[str], option: str) -> None:
    """Refuse an option that means something else in each region.

    Raises:
        ConfigurationError: There is more than one region.
    """
    names = list(regions)
    if len(names) > 1:
        raise ConfigurationError(f"{option}: expected one region, found {', '.join(names)}; add --region")
