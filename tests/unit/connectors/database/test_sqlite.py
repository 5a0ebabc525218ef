"""The database of alerts in a file."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ommatid_connectors.database import (
    AlertUnknown,
    Database,
    DatabaseUnavailable,
    SchemaMismatch,
    Verdict,
    check_schema,
    give_verdict,
    record_alerts,
    schema_state,
    upgrade_schema,
)
from ommatid_connectors.database.migration import VERSION_TABLE, revisions_in_order
from ommatid_connectors.database.tables import metadata
from ommatid_schemas import Alert, ConfigurationError
from tests import alert_databases
from tests.alert_databases import AT_US, found, life
from tests.sample_events import sample_alert


def in_memory() -> Database:
    """One that lives as long as its only connection."""
    database = Database.of(SecretStr("sqlite://"))
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


@pytest.fixture
def database() -> Generator[Database]:
    with in_memory() as database:
        yield database


@pytest.mark.parametrize(
    "holds",
    [
        alert_databases.repeated_work_changes_nothing,
        alert_databases.a_delivery_that_is_told_again_keeps_its_end,
        alert_databases.the_last_word_counts,
    ],
)
def test_sqlite_keeps_what_is_asked_of_every_database(database: Database, holds: Callable[[Database], None]):
    holds(database)


@given(messages=st.lists(st.sampled_from(life()), min_size=1, max_size=6), data=st.data())
def test_order_and_repetition_of_messages_change_nothing(messages: list[Alert], data: st.DataObject):
    cut = data.draw(st.integers(0, len(messages)))
    with in_memory() as straight, in_memory() as shuffled:
        record_alerts(straight, messages)
        record_alerts(shuffled, data.draw(st.permutations(messages))[:cut])
        record_alerts(shuffled, data.draw(st.permutations(messages)))

        assert found(shuffled) == found(straight)


def test_figures_that_are_none_are_kept_as_null(database: Database):
    assert record_alerts(database, [sample_alert(AT_US, latency_ms={"total": float("nan")})]) == ()


def test_an_unknown_alert_cannot_be_judged(database: Database):
    with pytest.raises(AlertUnknown, match="alert nope: expected one that is recorded"):
        give_verdict(database, "nope", Verdict.TRUE, given_by="me", given_at_us=AT_US)


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path):
    path = tmp_path / "alerts.db"
    with (
        Database.of(SecretStr(f"sqlite:///{path}")) as database,
        pytest.raises(SchemaMismatch, match="found none; make them with upgrade_schema"),
    ):
        check_schema(database)
    assert not path.exists()


def test_tables_of_a_newer_release_are_left_alone(tmp_path: Path):
    database = Database.of(SecretStr(f"sqlite:///{tmp_path / 'alerts.db'}"))
    upgrade_schema(database, revisions_in_order()[0])
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE ommatid_schema_version SET version_num = '9999'")

    with pytest.raises(SchemaMismatch, match="found 9999, which a newer release has made"):
        upgrade_schema(database)
    database.close()


@pytest.mark.parametrize("revision", [None, *revisions_in_order()])
def test_every_revision_is_brought_to_the_tables_of_today(tmp_path: Path, revision: str | None):
    with Database.of(SecretStr(f"sqlite:///{tmp_path / 'alerts.db'}")) as database:
        if revision is not None:
            upgrade_schema(database, revision)
        upgrade_schema(database)

        assert schema_state(database).up_to_date
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
            assert compare_metadata(context, metadata) == []


def test_a_database_that_cannot_be_opened_says_so_without_its_password(tmp_path: Path):
    with (
        Database.of(SecretStr("postgresql://ommatid:hush@127.0.0.1:1/alerts")) as database,
        pytest.raises(DatabaseUnavailable, match=r"ommatid:\*\*\*@127\.0\.0\.1:1") as caught,
    ):
        schema_state(database)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://root:hush@db/alerts", "hush", "postgresql://ommatid:hush@db:port/alerts"])
def test_a_url_of_another_form_is_refused_without_its_password(url: str):
    with pytest.raises(ConfigurationError, match="expected postgresql://") as caught:
        Database.of(SecretStr(url))
    assert "hush" not in str(caught.value)
