"""How a dead letter goes back to where it came from, once: the header of its new record, and the notes about it.

Notes stand in the dead-letter topic itself, behind the letter that they speak of. So whoever reads the letters knows
what became of them, on whatever machine; a note outlives its letter, because retention takes the older one first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

REPLAY_HEADER = "ommatid-replay"
"""Header of a record that was sent again: the id of the replay, UTF-8.

The same replay has the same id however often it is attempted, so that readers can drop what they have seen.
"""

_NOTE = "ommatid-replay-note"


class ReplayPhase(StrEnum):
    """What a note says of a replay."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ReplayNote:
    """One step of one replay of one dead letter.

    Attributes:
        partition: Where the letter stands in the dead-letter topic.
        offset: Where the letter stands in its partition.
        number: Which replay of this letter, from 1; a second one has to be asked for.
        phase: What happened.
        claim: Random text of the command that wrote the note: of two that begin at once, the first note wins.
        by: Host on which the command runs.
    """

    partition: int
    offset: int
    number: int
    phase: ReplayPhase
    claim: str
    by: str

    @property
    def key(self) -> bytes:
        """Key of the note's record: all notes of one letter are in one partition, in their order."""
        return f"{self.partition}:{self.offset}".encode()

    def headers(self) -> dict[str, bytes]:
        """Headers of the note's record, which has no value."""
        return {_NOTE: ",".join([str(self.number), self.phase, self.claim, self.by]).encode()}

    @classmethod
    def from_record(cls, key: bytes | None, headers: Mapping[str, bytes]) -> "ReplayNote | None":
        """The note of a record of the dead-letter topic; None when it is none, or one that cannot be read."""
        try:
            number, phase, claim, by = headers[_NOTE].decode().split(",", maxsplit=3)
            partition, offset = (key or b"").decode().split(":")
            return cls(int(partition), int(offset), int(number), ReplayPhase(phase), claim, by)
        except (KeyError, ValueError):
            return None
