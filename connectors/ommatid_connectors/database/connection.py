"""A database by its URL, and transactions in it."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, SQLAlchemyError

from ommatid_connectors.database.errors import DatabaseUnavailable
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.redaction import redact

_WAIT_S = 30
_WRITES = "ommatid_writes"
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Database:
    """SQLite or PostgreSQL. Usable from several threads; nothing is contacted before the first transaction.

    Args:
        engine: From SQLAlchemy.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, url: SecretStr) -> Self:
        """Database of a URL.

        Args:
            url: ``postgresql://USER:PASSWORD@HOST/NAME`` or ``sqlite:////absolute/file.db``.

        Raises:
            ConfigurationError: The URL has another form.
        """
        parsed = _parsed(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite(parsed))
        options = {"connect_timeout": 5, "application_name": "ommatid"}
        return cls(sa.create_engine(parsed, pool_pre_ping=True, connect_args=options))

    @property
    def where(self) -> str:
        """URL without its password, for messages."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def missing_file(self) -> Path | None:
        """File of an SQLite database that does not exist; SQLite itself would make an empty one."""
        url = self._engine.url
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        path = Path(url.database)
        return None if path.exists() else path

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A transaction that only looks.

        Raises:
            DatabaseUnavailable: The database fails.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """A transaction whose changes are kept whole when the block ends, or not at all.

        Raises:
            DatabaseUnavailable: The database fails.
            DataError: It refuses a value, from SQLAlchemy.
            IntegrityError: A row of that key exists, from SQLAlchemy.
        """
        with self._transaction(writes=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writes: bool) -> Generator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(**{_WRITES: writes})
                with connection.begin():
                    yield connection
        except (DataError, IntegrityError):
            raise
        except SQLAlchemyError as exc:
            raise DatabaseUnavailable(
                f"database {self.where}: expected a transaction, found: {cause(exc)}; is the server up, and may "
                "this user write?"
            ) from exc

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """The database itself."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Close."""
        self.close()


def cause(error: SQLAlchemyError) -> str:
    """First line of what the driver says, which carries neither statement nor values nor password."""
    original = getattr(error, "orig", None) or error
    lines = str(original).splitlines()
    return redact(lines[0]) if lines else type(error).__name__


def _parsed(url: SecretStr) -> sa.URL:
    try:
        parsed = sa.make_url(url.get_secret_value())
        backend = parsed.get_backend_name()
    # A port that is no number is SQLAlchemy's ValueError. What it says may hold the password.
    except (ArgumentError, ValueError):
        parsed, backend = None, "a text of another form"
    if parsed is None or backend not in {"sqlite", *_DRIVERS}:
        raise ConfigurationError(
            f"database: expected postgresql://USER:PASSWORD@HOST/NAME or sqlite:////absolute/file.db, found {backend}"
        )
    return parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))


def _sqlite(url: sa.URL) -> sa.Engine:
    """One thread writes at a time and the others wait; a transaction begins when we say so, also around DDL."""
    engine = sa.create_engine(url, connect_args={"timeout": _WAIT_S})

    def driver_begins_nothing(driver_connection: Any, record: object) -> None:
        del record
        driver_connection.isolation_level = None

    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes later would fail when another one wrote in between.
        writes = connection.get_execution_options().get(_WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", driver_begins_nothing)
    event.listen(engine, "begin", begin)
    return engine
