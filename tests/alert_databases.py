"""Properties of the database of alerts that tests hold SQLite and PostgreSQL to."""

from dataclasses import replace

from ommatid_connectors.database import (
    AlertFilter,
    Database,
    Dimension,
    JudgedOnly,
    RecordedAlert,
    RecordedDelivery,
    Tally,
    Verdict,
    deliveries_of,
    find_alerts,
    give_verdict,
    record_alerts,
    record_deliveries,
    tallies,
    verdicts_of,
)
from ommatid_schemas import Alert, AlertType
from tests.sample_events import sample_alert

AT_US = 1_790_000_000_000_000


def found(database: Database, wanted: AlertFilter | None = None) -> tuple[RecordedAlert, ...]:
    with database.reading() as connection:
        return find_alerts(connection, wanted or AlertFilter())


def life() -> tuple[Alert, Alert, Alert]:
    """An alert that is raised, becomes clearer, and ends."""
    new = sample_alert(AT_US, score=0.5)
    later = {"captured_at_us": AT_US + 1, "raised_at_us": AT_US + 2}
    update = replace(new, type=AlertType.UPDATE, score=0.75, **later)
    return new, update, replace(new, type=AlertType.END, ended_at_us=AT_US + 9, captured_at_us=AT_US + 9)


def repeated_work_changes_nothing(database: Database) -> None:
    new, update, end = life()
    record_alerts(database, [end, update, new])
    before = found(database)

    record_alerts(database, [replace(new, raised_at_us=new.raised_at_us + 5), update, end, update])

    assert found(database) == before
    (alert,) = before
    assert (alert.messages, alert.score, alert.ended_at_us) == (("new", "update", "end"), 0.75, AT_US + 9)


def a_delivery_that_is_told_again_keeps_its_end(database: Database) -> None:
    given_up = RecordedDelivery("m-1", "soc", "4f1c", "given_up", 3, AT_US, "410")
    record_deliveries(database, [given_up])
    record_deliveries(database, [replace(given_up, ended_at_us=AT_US + 5)])
    with database.reading() as connection:
        assert deliveries_of(connection, "4f1c") == (given_up,)

    acknowledged = replace(given_up, state="acknowledged", attempts=1, ended_at_us=AT_US + 9, reason=None)
    record_deliveries(database, [acknowledged])
    with database.reading() as connection:
        assert deliveries_of(connection, "4f1c") == (acknowledged,)


def the_last_word_counts(database: Database) -> None:
    record_alerts(database, [sample_alert(AT_US), sample_alert(AT_US, alert_id="77aa", camera_id="lobby-2")])
    for verdict, note in ((Verdict.FALSE, "a coat"), (Verdict.FALSE, None), (Verdict.TRUE, None)):
        give_verdict(database, "4f1c", verdict, given_by="night shift", given_at_us=AT_US + 1, note=note)

    with database.reading() as connection:
        words = verdicts_of(connection, "4f1c")
        by_camera = tallies(connection, Dimension.CAMERA)
        since = tallies(connection, Dimension.RULE, AT_US + 10_000_000)
    assert [(it.number, it.verdict, it.note) for it in words] == [(1, Verdict.FALSE, "a coat"), (2, Verdict.TRUE, None)]
    assert by_camera == (Tally("lobby-1", 1, 1, 0), Tally("lobby-2", 1, 0, 0))
    assert since == ()
    assert [it.alert_id for it in found(database, AlertFilter(verdict=JudgedOnly.TRUE))] == ["4f1c"]
    assert [it.alert_id for it in found(database, AlertFilter(verdict=JudgedOnly.NONE))] == ["77aa"]
