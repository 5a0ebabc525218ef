"""Where each object was last surely on one side of a line, and which way it crossed the line.

Nearer than its band, an object is on neither side: feet that flicker about a line cross nothing. It crosses when the
straight way from the last sure position to the next one does, whether they are 1/15 s or 30 s apart.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ommatid_jobs.operators.rules.lines import Direction, crossed, distance
from ommatid_jobs.operators.rules.rule_book import WatchedLine
from ommatid_schemas.events import Box


class Passage(NamedTuple):
    """An object beside a line.

    Attributes:
        x: Its last sure position, relative to the frame.
        y: Its last sure position.
        went: Which way it crossed the line last; None before it has. It has to come back to cross this way again.
    """

    x: float
    y: float
    went: Direction | None = None


Passages = Mapping[str, Passage]
"""By name of the line."""


def passages_after(
    before: Passages, box: Box, lines: Mapping[str, WatchedLine]
) -> tuple[dict[str, Passage], dict[str, Direction]]:
    """Passages of one object after another box of it, and the lines that it has crossed with it."""
    foot = box.bottom_centre
    after = {name: _passage_after(before.get(name), foot, line) for name, line in lines.items()}
    return (
        {name: passage for name, passage in after.items() if passage},
        {name: way for name, passage in after.items() if passage and (way := _new_way(before.get(name), passage))},
    )


def _passage_after(before: Passage | None, foot: tuple[float, float], line: WatchedLine) -> Passage | None:
    if distance(line.coordinates, foot) < line.band:
        return before
    if before is None:
        return Passage(*foot)
    return Passage(*foot, crossed(line.coordinates, (before.x, before.y), foot) or before.went)


def _new_way(before: Passage | None, after: Passage) -> Direction | None:
    return after.went if before is not None and before.went is not after.went else None
