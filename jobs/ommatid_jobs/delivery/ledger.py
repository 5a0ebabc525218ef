"""What was delivered where, in a database, so that a restart repeats nothing that was acknowledged."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from ommatid_jobs.delivery.retry_decision import DeliveryState
from ommatid_schemas.errors import OmmatidError
from ommatid_schemas.redaction import redact

_metadata = sa.MetaData()
deliveries = sa.Table(
    "deliveries",
    _metadata,
    sa.Column("message_id", sa.String(255), primary_key=True),
    sa.Column("delivery", sa.String(63), primary_key=True),
    sa.Column("alert_id", sa.String(255), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("first_due_at_us", sa.BigInteger, nullable=False, index=True),
    sa.Column("sent_at_us", sa.BigInteger),
    sa.Column("acknowledged_at_us", sa.BigInteger),
    sa.Column("reason", sa.Text),
)
"""One row per message and delivery. Times are microseconds since the epoch; a storage format."""


class LedgerUnavailable(OmmatidError):
    """The database of deliveries cannot be opened or used. The process ends and is started again."""

    retriable = True


class LedgerState(StrEnum):
    """Where one message stands at one endpoint."""

    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One row."""

    message_id: str
    delivery: str
    state: LedgerState
    attempts: int
    first_due_at_us: int
    sent_at_us: int | None = None
    acknowledged_at_us: int | None = None
    reason: str | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.state is not LedgerState.PENDING

    @property
    def delivery_state(self) -> DeliveryState:
        """Where the attempts go on."""
        return DeliveryState(self.first_due_at_us, self.attempts)


class Ledger:
    """The table ``deliveries``; usable from several threads.

    Every method raises LedgerUnavailable when the database fails.

    Args:
        engine: Database in which the table exists.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect and create the table where it is missing.

        Args:
            url: SQLAlchemy's URL, for example ``sqlite:////var/lib/ommatid/ledger.db``.

        Raises:
            LedgerUnavailable: The database cannot be reached or opened.
        """
        try:
            engine = sa.create_engine(url, **_options(url))
            _metadata.create_all(engine)
        except (SQLAlchemyError, ArgumentError, ImportError) as exc:
            raise LedgerUnavailable(
                f"ledger {redact(url)}: expected a database that can be opened, found: {_cause(exc)}; "
                "check --ledger and the folder's permissions"
            ) from exc
        return cls(engine)

    def begin(self, message_id: str, alert_id: str, delivery: str, now_us: int) -> LedgerEntry:
        """Entry of a message at an endpoint; made as pending if there is none."""
        found = self._find(message_id, delivery)
        if found is not None:
            return found
        entry = LedgerEntry(message_id, delivery, LedgerState.PENDING, attempts=0, first_due_at_us=now_us)
        row = {"message_id": message_id, "delivery": delivery, "alert_id": alert_id, "first_due_at_us": now_us}
        try:
            with self._transaction() as connection:
                connection.execute(deliveries.insert(), {**row, "state": str(entry.state), "attempts": 0})
        except IntegrityError:
            # Another instance was faster, as can happen while partitions move between them.
            return self._find(message_id, delivery) or entry
        return entry

    def reopen(self, message_id: str, delivery: str, now_us: int) -> None:
        """Let a message that was given up begin anew: an operator sent its alert again. Others stay as they are."""
        given_up = deliveries.c.state == str(LedgerState.GIVEN_UP)
        begun = {"state": str(LedgerState.PENDING), "attempts": 0, "first_due_at_us": now_us}
        with self._transaction() as connection:
            connection.execute(deliveries.update().where(*_is(message_id, delivery), given_up).values(**begun))

    def attempted(self, message_id: str, delivery: str, attempts: int, sent_at_us: int, reason: str) -> None:
        """Note an attempt that will be repeated."""
        self._update(message_id, delivery, attempts=attempts, sent_at_us=sent_at_us, reason=reason)

    def acknowledged(self, message_id: str, delivery: str, attempts: int, sent_at_us: int, at_us: int) -> None:
        """Note that the endpoint has the message."""
        self._update(
            message_id,
            delivery,
            state=str(LedgerState.ACKNOWLEDGED),
            attempts=attempts,
            sent_at_us=sent_at_us,
            acknowledged_at_us=at_us,
            reason=None,
        )

    def given_up(self, message_id: str, delivery: str, attempts: int, reason: str) -> None:
        """Note that the message has become a dead letter."""
        self._update(message_id, delivery, state=str(LedgerState.GIVEN_UP), attempts=attempts, reason=reason)

    def entries(self) -> tuple[LedgerEntry, ...]:
        """All entries, in the order in which they were first due."""
        with self._transaction() as connection:
            rows = connection.execute(deliveries.select().order_by(deliveries.c.first_due_at_us)).mappings().all()
        return tuple(_entry(row) for row in rows)

    def prune(self, before_us: int) -> int:
        """Delete finished entries that were first due before a time; returns how many."""
        old = deliveries.c.first_due_at_us < before_us
        finished = deliveries.c.state != str(LedgerState.PENDING)
        with self._transaction() as connection:
            return connection.execute(deliveries.delete().where(old, finished)).rowcount

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Generator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as exc:
            raise LedgerUnavailable(
                f"ledger {self._engine.url}: expected the table of deliveries, found: {_cause(exc)}; "
                "nothing is lost, start the process again once the database answers"
            ) from exc

    def _find(self, message_id: str, delivery: str) -> LedgerEntry | None:
        with self._transaction() as connection:
            found = connection.execute(_select(message_id, delivery)).mappings().one_or_none()
        return None if found is None else _entry(found)

    def _update(self, message_id: str, delivery: str, **values: Any) -> None:
        with self._transaction() as connection:
            connection.execute(deliveries.update().where(*_is(message_id, delivery)).values(**values))


def _is(message_id: str, delivery: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return deliveries.c.message_id == message_id, deliveries.c.delivery == delivery


def _select(message_id: str, delivery: str) -> sa.Select[Any]:
    return deliveries.select().where(*_is(message_id, delivery))


def _entry(row: Any) -> LedgerEntry:
    return LedgerEntry(
        message_id=row["message_id"],
        delivery=row["delivery"],
        state=LedgerState(row["state"]),
        attempts=row["attempts"],
        first_due_at_us=row["first_due_at_us"],
        sent_at_us=row["sent_at_us"],
        acknowledged_at_us=row["acknowledged_at_us"],
        reason=row["reason"],
    )


def _options(url: str) -> dict[str, Any]:
    """SQLite lets one thread write at a time; the others wait instead of failing."""
    return {"connect_args": {"timeout": 30.0}} if url.startswith("sqlite") else {"pool_pre_ping": True}


def _cause(error: BaseException) -> str:
    """First line of what the driver says, which carries neither statement nor URL."""
    original = getattr(error, "orig", None) or error
    return redact(str(original).splitlines()[0]) if str(original) else type(error).__name__
