"""Alerts and what became of them, written so that repeated work changes nothing."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError

from ommatid_connectors.database.connection import Database, cause
from ommatid_connectors.database.tables import alert_deliveries, alert_snapshots, alerts
from ommatid_schemas.events import Alert
from ommatid_schemas.record_mapping import to_record

Row = dict[str, Any]
_Newer = Callable[[Any], sa.ColumnElement[bool]]
"""Given the columns of a new row: whether it takes the place of the one that is there."""


@dataclass(frozen=True, slots=True)
class RecordedDelivery:
    """How one message ended at one delivery.

    Attributes:
        message_id: Identity of the message, the ``webhook-id``.
        delivery: Name in the fleet file.
        alert_id: Alert that the message is about.
        state: ``acknowledged`` or ``given_up``.
        attempts: Finished attempts.
        ended_at_us: When, microseconds since the epoch.
        reason: Why it was given up.
    """

    message_id: str
    delivery: str
    alert_id: str
    state: str
    attempts: int
    ended_at_us: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordedSnapshot:
    """The picture of one message.

    Attributes:
        message_id: Identity of the message.
        alert_id: Alert that the message is about.
        url: Where it is stored; None where there is none.
        error: Why there is none.
    """

    message_id: str
    alert_id: str
    url: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that the database does not take, however often it is tried.

    Attributes:
        key: Its key.
        reason: What the database says.
    """

    key: str
    reason: str


def record_alerts(database: Database, messages: Sequence[Alert]) -> tuple[RefusedRow, ...]:
    """Keep messages about alerts. Of one type of an alert the one captured last stays; the same again changes nothing.

    Returns:
        Messages that the database refuses; the others are kept.

    Raises:
        DatabaseUnavailable: The database fails; nothing was kept.
    """
    return _record(database, alerts, [_alert_row(it) for it in messages], _captured_later)


def record_deliveries(database: Database, ended: Sequence[RecordedDelivery]) -> tuple[RefusedRow, ...]:
    """Keep how deliveries ended. A message that was sent again after it had been given up ends anew.

    Returns:
        Rows that the database refuses; the others are kept.

    Raises:
        DatabaseUnavailable: The database fails; nothing was kept.
    """
    return _record(database, alert_deliveries, [asdict(it) for it in ended], _ended_otherwise)


def record_snapshots(database: Database, made: Sequence[RecordedSnapshot]) -> tuple[RefusedRow, ...]:
    """Keep where pictures are. One that was made stays, whatever is told of it later.

    Returns:
        Rows that the database refuses; the others are kept.

    Raises:
        DatabaseUnavailable: The database fails; nothing was kept.
    """
    return _record(database, alert_snapshots, [asdict(it) for it in made], _first_picture)


def deliveries_of(connection: sa.Connection, alert_id: str) -> tuple[RecordedDelivery, ...]:
    """How the messages of an alert ended, oldest first."""
    table = alert_deliveries
    chosen = sa.select(table).where(table.c.alert_id == alert_id).order_by(table.c.ended_at_us, table.c.delivery)
    return tuple(RecordedDelivery(**row) for row in connection.execute(chosen).mappings())


def snapshots_of(connection: sa.Connection, alert_id: str) -> tuple[RecordedSnapshot, ...]:
    """Pictures of an alert's messages."""
    table = alert_snapshots
    chosen = sa.select(table).where(table.c.alert_id == alert_id).order_by(table.c.message_id)
    return tuple(RecordedSnapshot(**row) for row in connection.execute(chosen).mappings())


def _captured_later(new: Any) -> sa.ColumnElement[bool]:
    return new["captured_at_us"] > alerts.c.captured_at_us


def _ended_otherwise(new: Any) -> sa.ColumnElement[bool]:
    old = alert_deliveries.c
    # What had been given up is told of again after a restart, with the time of the restart.
    differs = sa.or_(new["state"] != old.state, new["attempts"] != old.attempts)
    return sa.and_(differs, new["ended_at_us"] >= old.ended_at_us)


def _first_picture(new: Any) -> sa.ColumnElement[bool]:
    return sa.and_(alert_snapshots.c.url.is_(None), new["url"].is_not(None))


def _record(database: Database, table: sa.Table, rows: Iterable[Row], newer: _Newer) -> tuple[RefusedRow, ...]:
    keys = [column.name for column in table.primary_key]
    # Two recorders that lock rows in the same order do not lock each other out.
    ordered = sorted(rows, key=lambda row: [row[name] for name in keys])
    if not ordered:
        return ()
    try:
        _upsert(database, table, ordered, newer)
    except DataError as exc:
        if len(ordered) == 1:
            return (RefusedRow("/".join(ordered[0][name] for name in keys), cause(exc)),)
        return tuple(refused for row in ordered for refused in _record(database, table, [row], newer))
    return ()


def _upsert(database: Database, table: sa.Table, rows: Sequence[Row], newer: _Newer) -> None:
    with database.writing() as connection:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        insert = make(table)
        kept = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
        statement = insert.on_conflict_do_update(
            index_elements=list(table.primary_key), set_=kept, where=newer(insert.excluded)
        )
        connection.execute(statement, list(rows))


def _alert_row(alert: Alert) -> Row:
    record = to_record(alert)
    record["camera_group"] = record["group"]
    values = {column.name: record[column.name] for column in alerts.c}
    return values | {name: _finite(values[name]) for name in ("latency_ms", "evidence")}


def _finite(value: Any) -> Any:
    """The same without what JSON cannot hold: a figure that is none becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in cast("Row", value).items()}
    return [_finite(inner) for inner in cast("list[Any]", value)] if isinstance(value, list) else value
