"""The one root of all errors that Ommatid raises on purpose.

    OmmatidError
    ├── ConfigurationError      the operator must change a file, a setting or an argument
    ├── DecodeError             a record does not follow the contract; becomes a dead letter
    └── (each package adds its own leaves, e.g. StreamStalled, BrokerUnavailable, SubmissionFailed)

A message says where, what was expected, what was found and what to do. ``retriable`` tells a
supervisor whether trying the same thing again can help.
"""


class OmmatidError(Exception):
    """Root of all errors raised on purpose."""

    retriable = False


class ConfigurationError(OmmatidError):
    """A file, setting or argument is wrong and only its owner can mend it."""


class DecodeError(OmmatidError):
    """Bytes do not follow the published contract; the record becomes a dead letter."""
