"""The database of alerts in PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from ommatid_connectors.database import (
    Database,
    Verdict,
    give_verdict,
    record_alerts,
    schema_state,
    upgrade_schema,
    verdicts_of,
)
from ommatid_connectors.database.migration import VERSION_TABLE, revisions_in_order
from ommatid_connectors.database.tables import metadata
from tests import alert_databases
from tests.alert_databases import AT_US, found
from tests.sample_events import sample_alert


@pytest.mark.parametrize(
    "holds",
    [
        alert_databases.repeated_work_changes_nothing,
        alert_databases.a_delivery_that_is_told_again_keeps_its_end,
        alert_databases.the_last_word_counts,
    ],
)
def test_postgresql_keeps_what_is_asked_of_every_database(database: Database, holds: Callable[[Database], None]):
    holds(database)


@pytest.mark.parametrize("revision", [None, *revisions_in_order()])
def test_every_revision_is_brought_to_the_tables_of_today(empty: Database, revision: str | None):
    if revision is not None:
        upgrade_schema(empty, revision)
    upgrade_schema(empty)

    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def test_upgrades_at_the_same_time_wait_for_each_other(empty: Database):
    with ThreadPoolExecutor(4) as pool:
        before = [it.current for it in pool.map(upgrade_schema, [empty] * 4)]

    assert before.count(None) == 1
    assert schema_state(empty).up_to_date


def test_two_recorders_of_the_same_alerts_keep_each_once(database: Database):
    alerts = [sample_alert(AT_US + number, alert_id=f"{number:04x}") for number in range(200)]

    with ThreadPoolExecutor(2) as pool:
        refused = list(pool.map(partial(record_alerts, database), [alerts, alerts[::-1]] * 5))

    assert refused == [()] * 10
    assert len(found(database)) == 200


def test_verdicts_of_several_people_at_the_same_time_are_all_kept(database: Database):
    record_alerts(database, [sample_alert(AT_US)])

    with ThreadPoolExecutor(4) as pool:
        for name in "abcd":
            pool.submit(give_verdict, database, "4f1c", Verdict.FALSE, given_by=name, given_at_us=AT_US)

    with database.reading() as connection:
        words = verdicts_of(connection, "4f1c")
    assert [it.number for it in words] == [1, 2, 3, 4]
    assert {it.given_by for it in words} == set("abcd")


def test_a_row_that_postgresql_refuses_does_not_hold_back_the_others(database: Database):
    good, bad = sample_alert(AT_US), sample_alert(AT_US, alert_id="77aa", label="nul \0")

    (refused,) = record_alerts(database, [bad, good])

    assert refused.key == "77aa/new"
    assert [it.alert_id for it in found(database)] == ["4f1c"]
