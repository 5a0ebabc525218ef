"""Notices that the fleet file says something else."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ommatid_edge.agent_plan import AgentPlan


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of the file, by digests of its content.

    Attributes:
        acted_on: Content that was last loaded, with or without success.
        candidate: Another content, seen once.
    """

    acted_on: str
    candidate: str = ""


def look(state: Watched, digest: str, *, at_once: bool) -> tuple[Watched, bool]:
    """Decide whether to load the file now.

    A new content has to be seen twice in a row, so that a file that is just being written is left
    alone until it is whole.

    Args:
        state: State after the last look.
        digest: Digest of the content now.
        at_once: Whether to load a new content on first sight.
    """
    if digest == state.acted_on:
        return Watched(digest), False
    if at_once or digest == state.candidate:
        return Watched(digest), True
    return Watched(state.acted_on, digest), False


class FleetFile:
    """The fleet file of a running agent.

    Args:
        path: The file.
        load: Makes a plan of it.
    """

    def __init__(self, path: Path, load: Callable[[], AgentPlan]) -> None:
        self._path = path
        self._load = load
        self._stat: object = None
        self._digest = ""
        self._state = Watched(self._content())

    def poll(self, *, at_once: bool = False) -> AgentPlan | None:
        """The plan of a new content; None when there is none, or none that is settled. Call it about once a second.

        Args:
            at_once: Whether to load a new content although it may not be settled.

        Raises:
            ConfigurationError: The new content is faulty; told once for each content.
        """
        self._state, changed = look(self._state, self._content(), at_once=at_once)
        return self._load() if changed else None

    def _content(self) -> str:
        """Digest of the content, empty when the file cannot be read; reads it only when its dates have changed."""
        try:
            stat = self._path.stat()
            if (seen := (stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)) != self._stat:
                self._digest = hashlib.sha256(self._path.read_bytes()).hexdigest()
                self._stat = seen
        except OSError:
            self._stat = None
            self._digest = ""
        return self._digest
