"""What can go wrong with the spool.

OmmatidError
├── SpoolFull       the disk takes no more for now; frames stay in memory or the least valuable go
└── SpoolDamaged    the file cannot be read; it is set aside and a new one is begun
"""

from ommatid_schemas.errors import OmmatidError


class SpoolFull(OmmatidError):
    """The disk did not take what was written; nothing of it was stored."""

    retriable = True


class SpoolDamaged(OmmatidError):
    """The spool's file is not what was written to it."""
