"""What of people may be seen on pictures that leave Ommatid."""

from enum import StrEnum


class Redaction(StrEnum):
    """What is made unrecognisable, from nothing to everything of a person."""

    NONE = "none"
    FACES = "faces"
    PERSONS = "persons"
