"""What is checked on the client before a job is built: the fleet file's names, and what the brokers have."""

import logging
import re
from collections.abc import Iterable, Mapping

from ommatid_jobs.detectors import check_models
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet

_LOG = logging.getLogger(__name__)


def check_region(fleet: Fleet, region: str) -> None:
    """Refuse a region that the fleet file does not have.

    Raises:
        ConfigurationError: Naming those that exist.
    """
    if region not in fleet.regions:
        raise ConfigurationError(f"region: expected one of {sorted(fleet.regions)}, found {region!r}")


def check_detectors(fleet: Fleet) -> None:
    """Refuse detectors that there are not and labels that they cannot give; say what cannot be checked here.

    Raises:
        ConfigurationError: Naming the places in the fleet file.
    """
    for sentence in check_models(fleet):
        _LOG.warning("%s", sentence)


def check_topics(partitions: Mapping[str, int], required: Iterable[str]) -> None:
    """Refuse to start while a topic that the job writes is missing: the sink would fail again and again.

    Raises:
        ConfigurationError: Naming the missing ones.
    """
    missing = sorted(set(required) - partitions.keys())
    if missing:
        raise ConfigurationError(
            f"topics: expected {', '.join(missing)} on the brokers, found none; create them with 'ommatid topics apply'"
        )


def check_parallelism(parallelism: int, partitions: Mapping[str, int], source_pattern: str) -> None:
    """Refuse more readers than there are partitions to read; topics that do not exist yet are not counted.

    Raises:
        ConfigurationError: Naming both numbers.
    """
    readable = sum(count for name, count in partitions.items() if re.fullmatch(source_pattern, name))
    if 0 < readable < parallelism:
        raise ConfigurationError(
            f"parallelism: expected at most {readable}, the partitions of {source_pattern}, found {parallelism}; "
            "lower it or add partitions"
        )
