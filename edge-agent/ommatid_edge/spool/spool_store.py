"""Where frames lie until they are acknowledged: an interface of its own, and a store in memory for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.errors import SpoolDamaged, SpoolFull
from ommatid_edge.spool.spooled_frame import SpooledFrame


@dataclass(frozen=True, slots=True)
class Changes:
    """What one transaction writes: frames to add, frames to delete, and the next sequence of cameras."""

    added: Sequence[SpooledFrame] = ()
    deleted: Sequence[Entry] = ()
    next_sequences: Mapping[str, int] = field(default_factory=dict[str, int])


class SpoolStore(Protocol):
    """Holds frames across restarts; used by one thread."""

    @property
    def slack_bytes(self) -> int:
        """Room that the store needs beside its frames."""
        ...

    def entries(self) -> Sequence[Entry]:
        """All frames, oldest first.

        Raises:
            SpoolDamaged: They cannot be read.
        """
        ...

    def next_sequences(self) -> Mapping[str, int]:
        """The next sequence of each camera that ever had a frame here.

        Raises:
            SpoolDamaged: They cannot be read.
        """
        ...

    def write(self, changes: Changes) -> None:
        """Store all of the changes or none of them; they survive the end of this process.

        Raises:
            SpoolFull: The disk does not take them.
            SpoolDamaged: The file cannot be used any more.
        """
        ...

    def tidy(self, *, idle: bool) -> None:
        """Do what keeps the store small; call it after each write.

        Args:
            idle: Whether there is time for more than what is necessary.

        Raises:
            SpoolFull: The disk does not take what was written before for good.
            SpoolDamaged: The file cannot be used any more.
        """
        ...

    def read(self, row_id: int) -> SpooledFrame:
        """One frame that was written.

        Raises:
            SpoolDamaged: It cannot be read.
        """
        ...

    def start_over(self) -> str:
        """Set aside what is there and begin anew; returns where it lies now, for a message."""
        ...

    def close(self) -> None:
        """Release everything."""
        ...


class InMemoryStore:
    """Keeps frames in memory, and takes no more of them or damages them when told."""

    def __init__(self) -> None:
        self.frames: dict[int, SpooledFrame] = {}
        self.sequences: dict[str, int] = {}
        self.most_bytes: int | None = None
        self.refuses_everything = False
        self.damaged = False

    @property
    def slack_bytes(self) -> int:
        """None is needed."""
        return 0

    def entries(self) -> Sequence[Entry]:
        """All frames, oldest first."""
        self._check()
        return [self.frames[row_id].entry() for row_id in sorted(self.frames)]

    def next_sequences(self) -> Mapping[str, int]:
        """The next sequence of each camera."""
        self._check()
        return dict(self.sequences)

    def write(self, changes: Changes) -> None:
        """Take changes, unless they do not fit."""
        self._check()
        kept = {row_id: frame for row_id, frame in self.frames.items() if row_id not in _row_ids(changes.deleted)}
        kept |= {frame.row_id: frame for frame in changes.added}
        stored_bytes = sum(frame.entry().size_bytes for frame in kept.values())
        if self.refuses_everything or (
            self.most_bytes is not None and changes.added and stored_bytes > self.most_bytes
        ):
            raise SpoolFull("memory: expected room for frames, found none")
        self.frames = kept
        self.sequences |= changes.next_sequences

    def tidy(self, *, idle: bool) -> None:
        """Nothing is to be tidied."""

    def read(self, row_id: int) -> SpooledFrame:
        """One frame that was written."""
        self._check()
        return self.frames[row_id]

    def start_over(self) -> str:
        """Forget everything."""
        self.frames, self.damaged = {}, False
        return "nowhere"

    def close(self) -> None:
        """Nothing is to be released; what was written stays."""

    def _check(self) -> None:
        if self.damaged:
            raise SpoolDamaged("memory: expected frames, found damage")


def _row_ids(entries: Sequence[Entry]) -> set[int]:
    return {entry.row_id for entry in entries}
