"""What can go wrong with the database of alerts."""

from ommatid_schemas.errors import ConfigurationError, OmmatidError


class DatabaseUnavailable(OmmatidError):
    """The database cannot be reached, or failed in the middle; nothing of the transaction was kept."""

    retriable = True


class SchemaMismatch(ConfigurationError):
    """The tables are not those of this release; the operator upgrades the database or the release."""


class AlertUnknown(OmmatidError):
    """No alert, or more than one, has the id that was asked for."""
