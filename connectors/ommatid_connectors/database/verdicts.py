"""What people say of alerts: a history per alert, of which the last word counts."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ommatid_connectors.database.connection import Database
from ommatid_connectors.database.errors import AlertUnknown, DatabaseUnavailable
from ommatid_connectors.database.tables import alerts, verdicts

_TRIES = 20


class Verdict(StrEnum):
    """Whether an alert told of something that was there and mattered."""

    TRUE = "true"
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class VerdictEntry:
    """One verdict.

    Attributes:
        alert_id: The alert.
        number: From 1 on; the highest counts.
        verdict: True or false.
        given_by: Who said so.
        given_at_us: When, microseconds since the epoch.
        note: Why.
    """

    alert_id: str
    number: int
    verdict: Verdict
    given_by: str
    given_at_us: int
    note: str | None = None

    def says(self, verdict: Verdict, given_by: str, note: str | None) -> bool:
        """Whether it is the same word of the same person; no note is no other note."""
        return (self.verdict, self.given_by) == (verdict, given_by) and note in {None, self.note}


def give_verdict(
    database: Database, alert_id: str, verdict: Verdict, *, given_by: str, given_at_us: int, note: str | None = None
) -> VerdictEntry:
    """Judge an alert. The same word of the same person again changes nothing.

    Args:
        database: That knows the alert.
        alert_id: The alert.
        verdict: True or false.
        given_by: Who says so.
        given_at_us: When, microseconds since the epoch.
        note: Why.

    Returns:
        The verdict that counts now.

    Raises:
        AlertUnknown: No such alert is recorded.
        DatabaseUnavailable: The database fails.
    """
    for _ in range(_TRIES):
        try:
            with database.writing() as connection:
                _refuse_unknown(connection, alert_id)
                before = _last(connection, alert_id)
                if before is not None and before.says(verdict, given_by, note):
                    return before
                number = 1 if before is None else before.number + 1
                entry = VerdictEntry(alert_id, number, verdict, given_by, given_at_us, note)
                connection.execute(verdicts.insert(), _row(entry))
                return entry
        except IntegrityError:
            # Somebody else judged it in this very moment: both words are kept, ours after theirs.
            continue
    raise DatabaseUnavailable(f"alert {alert_id}: expected to add a verdict, found another one each time; try again")


def verdicts_of(connection: sa.Connection, alert_id: str) -> tuple[VerdictEntry, ...]:
    """Everything that was said of an alert, the first word first."""
    chosen = sa.select(verdicts).where(verdicts.c.alert_id == alert_id).order_by(verdicts.c.number)
    return tuple(_entry(row) for row in connection.execute(chosen).mappings())


def last_words() -> sa.Subquery:
    """The verdicts that count, one row per alert that was judged."""
    newest = sa.select(verdicts.c.alert_id, sa.func.max(verdicts.c.number).label("number"))
    newest = newest.group_by(verdicts.c.alert_id).subquery("newest_words")
    joined = sa.and_(verdicts.c.alert_id == newest.c.alert_id, verdicts.c.number == newest.c.number)
    return sa.select(verdicts).join(newest, joined).subquery("last_words")


def _refuse_unknown(connection: sa.Connection, alert_id: str) -> None:
    if connection.execute(sa.select(alerts.c.type).where(alerts.c.alert_id == alert_id)).first() is None:
        raise AlertUnknown(f"alert {alert_id}: expected one that is recorded, found none; look up its id")


def _last(connection: sa.Connection, alert_id: str) -> VerdictEntry | None:
    given = verdicts_of(connection, alert_id)
    return given[-1] if given else None


def _row(entry: VerdictEntry) -> dict[str, object]:
    return {
        "alert_id": entry.alert_id,
        "number": entry.number,
        "verdict": entry.verdict.value,
        "note": entry.note,
        "given_by": entry.given_by,
        "given_at_us": entry.given_at_us,
    }


def _entry(row: sa.RowMapping) -> VerdictEntry:
    return VerdictEntry(
        alert_id=row["alert_id"],
        number=row["number"],
        verdict=Verdict(row["verdict"]),
        given_by=row["given_by"],
        given_at_us=row["given_at_us"],
        note=row["note"],
    )
