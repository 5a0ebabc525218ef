"""What can go wrong with dead letters.

OmmatidError
├── LetterUnreadable   a record cannot be read back, or is not what it should be
└── NoteNotWritten     the broker did not take a note; the letter it is about was not sent
"""

from ommatid_schemas import OmmatidError


class LetterUnreadable(OmmatidError):
    """A dead letter cannot be read back, or is none."""


class NoteNotWritten(OmmatidError):
    """A note about a replay is not in the dead-letter topic."""

    retriable = True
