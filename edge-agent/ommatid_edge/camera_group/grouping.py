"""Which camera runs in which process group."""

from collections.abc import Mapping, Sequence
from itertools import count
from math import ceil

Groups = Mapping[int, frozenset[str]]
"""Cameras of each group, by the group's number."""


def assign(groups: Groups, camera_ids: Sequence[str], size: int) -> dict[int, frozenset[str]]:
    """Give every camera a group; one that has a group keeps it, because moving would mean to connect again.

    New cameras fill the emptiest group first, so that groups are of nearly equal size. A new group
    is opened when all are full; groups without cameras are closed.

    Args:
        groups: Present groups.
        camera_ids: Cameras that are to run.
        size: Most cameras of a group, 1 or more.
    """
    wanted = set(camera_ids)
    kept = {number: set(members & wanted) for number, members in groups.items()}
    placed = set[str]().union(*kept.values())
    missing = [camera_id for camera_id in camera_ids if camera_id not in placed]
    _open_groups(kept, len(placed) + len(missing), size)
    for camera_id in missing:
        min(kept.values(), key=len).add(camera_id)
    return {number: frozenset(members) for number, members in sorted(kept.items()) if members}


def _open_groups(groups: dict[int, set[str]], cameras: int, size: int) -> None:
    numbers = count()
    while len(groups) < ceil(cameras / size):
        groups.setdefault(next(numbers), set())
