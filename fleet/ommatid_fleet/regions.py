"""Find a region in a fleet, or say which ones there are."""

from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, Region


def region_of(fleet: Fleet, name: str, source: str) -> Region:
    """Return the region called ``name``; ``source`` names the fleet file in the error.

    Raises:
        ConfigurationError: The fleet has no such region.
    """
    if name not in fleet.regions:
        raise ConfigurationError(
            f"{source}: expected region to be one of {', '.join(fleet.regions)}, found {name!r}; "
            "give another --region or add it under regions"
        )
    return fleet.regions[name]
