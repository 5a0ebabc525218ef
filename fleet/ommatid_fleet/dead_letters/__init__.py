"""Dead letters for operators: find them, look into them, send them back once."""

from ommatid_fleet.dead_letters.description import describe
from ommatid_fleet.dead_letters.errors import LetterUnreadable, NoteNotWritten
from ommatid_fleet.dead_letters.found_letter import (
    Contents,
    FoundLetter,
    FoundNote,
    LetterFilter,
    LetterPlace,
    ReasonCount,
    counts_by_reason,
    notes_by_place,
)
from ommatid_fleet.dead_letters.letter_topic import LetterTopic
from ommatid_fleet.dead_letters.replay_decision import AlreadyReplayed, Begin, Decision, InProgress, decide
from ommatid_fleet.dead_letters.replaying import NotSent, Outcome, Replayer, Sent

__all__ = [
    "AlreadyReplayed",
    "Begin",
    "Contents",
    "Decision",
    "FoundLetter",
    "FoundNote",
    "InProgress",
    "LetterFilter",
    "LetterPlace",
    "LetterTopic",
    "LetterUnreadable",
    "NotSent",
    "NoteNotWritten",
    "Outcome",
    "ReasonCount",
    "Replayer",
    "Sent",
    "counts_by_reason",
    "decide",
    "describe",
    "notes_by_place",
]
