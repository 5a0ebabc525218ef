"""How many cameras of one site connect at the same moment, over all processes of an agent.

When a switch reboots, all its cameras are lost in the same second. Jitter spreads the next tries,
this limit bounds them: a place is a lock file, held with ``flock(2)`` while a connection opens.
The kernel frees the lock of a process that dies, so no place is ever lost.
"""

import fcntl
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

_DOUBTFUL_FAILURES = 3
_NO_SITE = "_"
"""Stands for cameras without a site; no name of a site begins like that."""


def places(limit: int, failures: int) -> Sequence[int]:
    """Numbers of the places that a camera may take, the best first.

    A camera that failed several times in a row is probably switched off and holds its place for
    the whole open timeout. Such cameras share half of the places, so that a site of which many
    are dead still lets the living ones in.

    Args:
        limit: Places of the site, 1 or more.
        failures: The camera's failures in a row.
    """
    shared = (limit + 1) // 2
    return range(shared) if failures >= _DOUBTFUL_FAILURES else range(limit - 1, -1, -1)


Release = Callable[[], None]
"""Gives a place back; called once."""


class ConnectLimit(Protocol):
    """Says whether a camera may open a connection now."""

    def take(self, site: str, failures: int) -> Release | None:
        """Try once for a place, without waiting.

        Args:
            site: Site of the camera; empty for the agent's own.
            failures: The camera's failures in a row.

        Returns:
            How to give the place back; None when there is no free one.
        """
        ...


class LockFiles:
    """Places of all sites as lock files; safe for any number of threads and processes.

    Args:
        folder: Private folder of the agent; exists.
        limit: Places of each site.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit

    def take(self, site: str, failures: int) -> Release | None:
        """See :class:`ConnectLimit`."""
        for number in places(self._limit, failures):
            # A file description of its own for each try: flock keeps those apart even within one process.
            opened = os.open(self._folder / f"{site or _NO_SITE}.{number}", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(opened)
            else:
                return partial(os.close, opened)
        return None


class NoLimit:
    """Lets every camera connect at once, for tests."""

    def take(self, site: str, failures: int) -> Release | None:
        """See :class:`ConnectLimit`."""
        del site, failures
        return lambda: None
