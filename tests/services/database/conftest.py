"""One PostgreSQL server for the whole run; each test has a database of its own."""

from collections.abc import Callable, Generator

import pytest

from ommatid_connectors.database import Database, upgrade_schema
from tests.services.database.postgres_server import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def empty(postgres: PostgresServer, unique_name: Callable[[str], str]) -> Generator[Database]:
    """A database without tables."""
    with Database.of(postgres.create(unique_name("alerts"))) as database:
        yield database


@pytest.fixture
def database(empty: Database) -> Database:
    """A database with the tables of today."""
    upgrade_schema(empty)
    return empty
