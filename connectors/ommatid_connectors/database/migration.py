"""The tables of this release: made, brought up to date, and checked."""

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ommatid_connectors.database.connection import Database
from ommatid_connectors.database.errors import SchemaMismatch

VERSION_TABLE = "ommatid_schema_version"
"""Not Alembic's own name, so that a database can be shared with other programs."""
_LOCK = 0x6F6D6D61746964  # "ommatid": the key of PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class SchemaState:
    """Where the tables of a database stand.

    Attributes:
        current: Revision of the database; None where there is none.
        head: Revision that this release works with.
        pending: Revisions to be applied, oldest first.
        known: Whether this release knows the revision of the database.
    """

    current: str | None
    head: str
    pending: tuple[str, ...]
    known: bool = True

    @property
    def up_to_date(self) -> bool:
        """Whether this release can work with the database."""
        return self.current == self.head


def upgrade_schema(database: Database, revision: str = "head") -> SchemaState:
    """Make the tables, or bring them up to date; in one transaction, and one process after the other.

    Args:
        database: To be changed; an SQLite file is made.
        revision: Where to stop.

    Returns:
        How the tables stood before.

    Raises:
        DatabaseUnavailable: The database fails; its tables are as before.
        SchemaMismatch: A newer release has made them.
    """
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        before = _state(connection)
        _refuse_unknown(database, before)
        command.upgrade(_config(connection), revision)
    return before


def schema_state(database: Database) -> SchemaState:
    """How the tables stand.

    Raises:
        DatabaseUnavailable: The database fails.
    """
    if database.missing_file is not None:
        return _describe(None)
    with database.reading() as connection:
        return _state(connection)


def check_schema(database: Database) -> None:
    """Refuse to work with the tables of another release.

    Raises:
        DatabaseUnavailable: The database fails.
        SchemaMismatch: They are older, newer, or missing.
    """
    state = schema_state(database)
    _refuse_unknown(database, state)
    if not state.up_to_date:
        raise SchemaMismatch(
            f"database {database.where}: expected tables of revision {state.head}, found {state.current or 'none'}; "
            "make them with upgrade_schema()"
        )


def _refuse_unknown(database: Database, state: SchemaState) -> None:
    if not state.known:
        raise SchemaMismatch(
            f"database {database.where}: expected tables of revision {state.head} or older, found {state.current}, "
            "which a newer release has made; upgrade Ommatid"
        )


def _state(connection: sa.Connection) -> SchemaState:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return _describe(context.get_current_revision())


def _describe(current: str | None) -> SchemaState:
    revisions = revisions_in_order()
    head = revisions[-1]
    if current is not None and current not in revisions:
        return SchemaState(current, head, (), known=False)
    done = 0 if current is None else revisions.index(current) + 1
    return SchemaState(current, head, revisions[done:])


def revisions_in_order() -> tuple[str, ...]:
    """All revisions, oldest first."""
    script = ScriptDirectory.from_config(_config())
    return tuple(it.revision for it in reversed(list(script.walk_revisions())))


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "ommatid_connectors.database:migrations")
    config.attributes["connection"] = connection
    return config
