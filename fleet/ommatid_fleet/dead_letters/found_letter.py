"""Dead letters as they are found in their topic: where, when, why; filtered and counted. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ommatid_schemas import ConfigurationError, DeadLetter
from ommatid_schemas.replay import ReplayNote

_PLACE = re.compile(r"(\d+):(\d+)")


@dataclass(frozen=True, slots=True, order=True)
class LetterPlace:
    """Where a letter stands in the dead-letter topic; written ``PARTITION:OFFSET``."""

    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "LetterPlace":
        """Read a place as it is written.

        Raises:
            ConfigurationError: The text is not one.
        """
        match = _PLACE.fullmatch(text)
        if match is None:
            raise ConfigurationError(
                f"dead letter: expected PARTITION:OFFSET such as 0:17, found {text!r}; 'ommatid dlq list' shows them"
            )
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """One dead letter.

    Attributes:
        timestamp_ms: When it was written, milliseconds since the epoch.
        value_bytes: Size of the original value, which is not kept here.
        letter: Key, origin and reason; its value is empty.
    """

    place: LetterPlace
    timestamp_ms: int
    value_bytes: int
    letter: DeadLetter

    @property
    def key_text(self) -> str:
        """The original key, nearly always the camera id; empty for none."""
        return (self.letter.key or b"").decode(errors="replace")


@dataclass(frozen=True, slots=True)
class FoundNote:
    """A note about a replay, and when it was written, milliseconds since the epoch."""

    note: ReplayNote
    timestamp_ms: int

    @property
    def place(self) -> LetterPlace:
        """The letter that it is about."""
        return LetterPlace(self.note.partition, self.note.offset)


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters are meant; what is not given does not matter.

    Attributes:
        stage: For example ``inference``; ``deliver`` also means ``deliver/NAME``.
        error_class: For example ``DecodeError``.
        topic: Topic of the original record.
        camera: Key of the original record.
    """

    stage: str | None = None
    error_class: str | None = None
    topic: str | None = None
    camera: str | None = None

    def admits(self, found: FoundLetter) -> bool:
        """Whether a letter is meant."""
        letter = found.letter
        return (
            self.stage in {None, letter.stage, letter.stage.partition("/")[0]}
            and self.error_class in {None, letter.error_class}
            and self.topic in {None, letter.topic}
            and self.camera in {None, found.key_text}
        )


@dataclass(frozen=True, slots=True)
class Contents:
    """What a reading of the dead-letter topic found, oldest first within a partition.

    Attributes:
        foreign: Records that are neither a letter nor a note.
    """

    letters: tuple[FoundLetter, ...]
    notes: tuple[FoundNote, ...]
    foreign: int = 0


def notes_by_place(notes: Iterable[FoundNote]) -> Mapping[LetterPlace, Sequence[FoundNote]]:
    """What is noted of each letter, in the order given; letters without a note are left out."""
    found: defaultdict[LetterPlace, list[FoundNote]] = defaultdict(list)
    for note in notes:
        found[note.place].append(note)
    return dict(found)


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many letters share stage, error and origin, and when the newest was written."""

    stage: str
    error_class: str
    topic: str
    count: int
    newest_ms: int


def counts_by_reason(letters: Iterable[FoundLetter]) -> tuple[ReasonCount, ...]:
    """Letters by stage, error class and origin, the most frequent first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    newest_ms: dict[tuple[str, str, str], int] = {}
    for found in letters:
        reason = found.letter.stage, found.letter.error_class, found.letter.topic
        counts[reason] += 1
        newest_ms[reason] = max(newest_ms.get(reason, 0), found.timestamp_ms)
    return tuple(ReasonCount(*reason, count, newest_ms[reason]) for reason, count in counts.most_common())
