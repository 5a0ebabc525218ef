"""In which zones each object is, with inertia, and since when."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ommatid_jobs.operators.rules.rule_book import WatchedZone
from ommatid_jobs.operators.rules.zones import contains
from ommatid_schemas.events import Box


class Stay(NamedTuple):
    """An object in, or on its way into or out of, a zone.

    Attributes:
        since_us: Capture time of the first frame that showed it inside.
        inside: Frames in a row that did, counted up to the zone's inertia.
        outside: Frames in a row that showed it outside since; frames that did not show it count for neither.
    """

    since_us: int
    inside: int
    outside: int = 0


Stays = Mapping[str, Stay]
"""By name of the zone."""


def stays_after(before: Stays, box: Box, zones: Mapping[str, WatchedZone], at_us: int) -> dict[str, Stay]:
    """Stays of one object after another box of it."""
    # Rounding can put the foot of a box that is cut off by the picture's edge just outside of it.
    x, y = (min(max(value, 0.0), 1.0) for value in box.bottom_centre)
    return {
        name: stay
        for name, zone in zones.items()
        if (stay := _stay_after(before.get(name), contains(zone.coordinates, x, y), zone.inertia, at_us))
    }


def entered(stays: Stays, zones: Mapping[str, WatchedZone]) -> Iterator[tuple[str, Stay]]:
    """The stays that inertia lets count."""
    return ((name, stay) for name, stay in stays.items() if stay.inside >= zones[name].inertia)


def _stay_after(stay: Stay | None, inside: bool, inertia: int, at_us: int) -> Stay | None:
    if stay is None:
        return Stay(at_us, 1) if inside else None
    if inside:
        return Stay(stay.since_us, min(stay.inside + 1, inertia))
    if stay.inside < inertia or stay.outside + 1 >= inertia:
        return None
    return stay._replace(outside=stay.outside + 1)
