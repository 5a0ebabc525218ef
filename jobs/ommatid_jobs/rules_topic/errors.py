"""Why rules were not written.

OmmatidError
└── RulesNotWritten        nothing was written
    ├── RulesChanged       others were expected to be in effect
    └── RulesUnreadable    what is in effect was written by a release that knows more
"""

from ommatid_schemas.errors import OmmatidError


class RulesNotWritten(OmmatidError):
    """Nothing was written."""


class RulesChanged(RulesNotWritten):
    """Another version is in effect than the caller has seen; look at it and decide again."""

    retriable = True


class RulesUnreadable(RulesNotWritten):
    """The newest version cannot be read; writing over it could lose what only a newer release knows."""
