"""The spool's store: one SQLite file in WAL mode.

With ``synchronous=NORMAL`` a commit survives the end of the process at once, and a power cut from the
next checkpoint on, which syncs; a power cut never damages the file (sqlite.org/wal.html). Deletes come
before inserts, so that within one transaction new frames take the pages of those that were acknowledged.
"""

import shutil
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.spool.entry import Entry
from ommatid_edge.spool.errors import SpoolDamaged, SpoolFull
from ommatid_edge.spool.spool_store import Changes
from ommatid_edge.spool.spooled_frame import PAGE_BYTES, Destination, SpooledFrame, size_of, size_on_disk
from ommatid_schemas.events import Clock, Reason
from ommatid_schemas.priority import Priority

_VERSION = 1
_WAL_BYTES = 8 * 1024 * 1024
_CACHE_KIB = 1024
_SLACK_BYTES = 64 * 1024
_SHRINK_ABOVE_BYTES = 16 * 1024 * 1024
_SHRINK_STEP_PAGES = 256
_SCHEMA = """
CREATE TABLE IF NOT EXISTS frames (
    row_id INTEGER PRIMARY KEY, sequence INTEGER NOT NULL, spooled_at_us INTEGER NOT NULL,
    topic TEXT NOT NULL, region TEXT NOT NULL, camera_group TEXT NOT NULL, priority TEXT NOT NULL,
    camera_id TEXT NOT NULL, captured_at_us INTEGER NOT NULL, clock TEXT NOT NULL, reason TEXT NOT NULL,
    motion_score REAL NOT NULL, width_px INTEGER NOT NULL, height_px INTEGER NOT NULL, image BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS cameras (camera_id TEXT PRIMARY KEY, next_sequence INTEGER NOT NULL);
"""
_INSERT = "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM frames WHERE row_id = ?"
_SEQUENCE = (
    "INSERT INTO cameras VALUES (?, ?) ON CONFLICT (camera_id) DO UPDATE SET next_sequence = excluded.next_sequence"
)
_ENTRIES = "SELECT row_id, camera_id, priority, reason, length(image), spooled_at_us FROM frames ORDER BY row_id"
_ADVICE = "free some space or lower OMMATID_EDGE_SPOOL_BYTES"
_TAKES_NO_MORE = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
    }
)


class SqliteStore:
    """Frames in ``spool.sqlite`` of a folder that this process holds alone.

    Args:
        folder: An existing folder.
        wal_bytes: Size of the write-ahead log at which it is carried over into the file.

    """

    def __init__(self, folder: Path, wal_bytes: int = _WAL_BYTES) -> None:
        self._path = folder / "spool.sqlite"
        self._wal_bytes = wal_bytes
        self._written_bytes = 0
        self._cramped = False
        self._open_connection: sqlite3.Connection | None = None

    @property
    def slack_bytes(self) -> int:
        """Some pages; all of the log's while it does not fit into the file, which must then shrink by as much."""
        return max(_SLACK_BYTES, self._written_bytes if self._cramped else 0)

    def entries(self) -> Sequence[Entry]:
        """All frames, oldest first; see :class:`SpoolStore`."""
        with self._translated():
            return [_entry(row) for row in self._connection().execute(_ENTRIES)]

    def next_sequences(self) -> Mapping[str, int]:
        """The next sequence of each camera; see :class:`SpoolStore`."""
        with self._translated():
            return dict(self._connection().execute("SELECT camera_id, next_sequence FROM cameras"))

    def write(self, changes: Changes) -> None:
        """Store changes in one transaction; see :class:`SpoolStore`."""
        with self._translated():
            self._require_space(changes)
            self._write(changes)
        self._written_bytes += PAGE_BYTES * len(changes.deleted) + sum(size_of(frame) for frame in changes.added)

    def tidy(self, *, idle: bool) -> None:
        """Carry the log over into the file, and give free pages back; see :class:`SpoolStore`."""
        with self._translated():
            if idle or self._cramped:
                self._shrink()
            if self._written_bytes >= self._wal_bytes:
                self._checkpoint()

    def read(self, row_id: int) -> SpooledFrame:
        """One frame; see :class:`SpoolStore`."""
        try:
            row = self._connection().execute("SELECT * FROM frames WHERE row_id = ?", (row_id,)).fetchone()
            return _frame(row)
        except (sqlite3.Error, TypeError, ValueError) as exc:
            raise self._damaged(exc) from exc

    def start_over(self) -> str:
        """Rename the file and begin anew; only the latest such file is kept. See :class:`SpoolStore`."""
        self.close()
        return str(set_aside(self._path))

    def close(self) -> None:
        """Close the file."""
        connection, self._open_connection = self._open_connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _connection(self) -> sqlite3.Connection:
        # Opened at the first use, and again after the file was set aside or could not be created.
        if self._open_connection is None:
            self._open_connection = self._open()
        return self._open_connection

    def _open(self) -> sqlite3.Connection:
        # SQLite gives its other files the same mode: images are nobody else's business.
        self._path.touch(0o600)
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(connection)
            self._check_version(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_version(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        elif version != _VERSION:
            raise self._damaged(ValueError(f"version {version}"))

    def _require_space(self, changes: Changes) -> None:
        """Leave other programs, and our own log, some room: a full disk is noticed before it is full."""
        if not changes.added:
            return
        growth_bytes = sum(size_of(it) for it in changes.added) - sum(it.size_bytes for it in changes.deleted)
        if growth_bytes <= self._free_pages() * PAGE_BYTES:
            return
        free_bytes = shutil.disk_usage(self._path.parent).free
        if free_bytes < 2 * self._wal_bytes + growth_bytes:
            raise SpoolFull(
                f"spool {self._path}: expected {(2 * self._wal_bytes + growth_bytes) >> 20} MiB free on its disk, "
                f"found {free_bytes >> 20} MiB; {_ADVICE}"
            )

    def _write(self, changes: Changes) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_DELETE, [(entry.row_id,) for entry in changes.deleted])
            connection.executemany(_INSERT, map(_row, changes.added))
            connection.executemany(_SEQUENCE, changes.next_sequences.items())
            connection.execute("COMMIT")
        except sqlite3.Error:
            # Some faults have rolled back by themselves.
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _shrink(self) -> None:
        # As a script, because the statement gives a row without columns per page and execute would stop at the first.
        if self._cramped:
            self._connection().executescript("PRAGMA incremental_vacuum")
        elif self._free_pages() * PAGE_BYTES > _SHRINK_ABOVE_BYTES:
            self._connection().executescript(f"PRAGMA incremental_vacuum({_SHRINK_STEP_PAGES})")

    def _checkpoint(self) -> None:
        # Should the file not be allowed to grow, it must shrink before what is in the log fits into it.
        self._cramped = True
        self._connection().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._cramped = False
        self._written_bytes = 0

    def _free_pages(self) -> int:
        (free_pages,) = self._connection().execute("PRAGMA freelist_count").fetchone()
        return free_pages

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            if exc.sqlite_errorcode & 0xFF in _TAKES_NO_MORE:
                raise SpoolFull(
                    f"spool {self._path}: expected room for frames, found {exc.sqlite_errorname} ({exc}); {_ADVICE}"
                ) from exc
            raise self._damaged(exc) from exc
        except ValueError as exc:
            raise self._damaged(exc) from exc
        except OSError as exc:
            raise SpoolFull(f"spool {self._path}: expected to write, found {exc.strerror}; {_ADVICE}") from exc

    def _damaged(self, exc: Exception) -> SpoolDamaged:
        return SpoolDamaged(f"spool {self._path}: expected a spool of version {_VERSION}, found {exc}")


def set_aside(path: Path) -> Path:
    """Rename a spool's file so that it is kept for a look; an earlier one makes room. Returns its new path."""
    for former in path.parent.glob(f"{path.name}.damaged-*"):
        former.unlink()
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    # The log goes along, so that SQLite's own recovery has all there is; its index is built anew.
    with suppress(FileNotFoundError):
        Path(f"{path}-wal").rename(f"{aside}-wal")
    Path(f"{path}-shm").unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        path.rename(aside)
    return aside


def _prepare(connection: sqlite3.Connection) -> None:
    # One process alone needs no shared memory file, which a full disk would refuse; it must be said before any access.
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    # Only where it has an effect: on a file that exists this would write, and a full disk must still let us read.
    created = () if pages else (f"page_size = {PAGE_BYTES}", "auto_vacuum = INCREMENTAL")
    for pragma in (
        *created,
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "wal_autocheckpoint = 0",
        # Only deletes profit from it, within seconds. What it once took it keeps: a large one fills for hours.
        f"cache_size = -{_CACHE_KIB}",
        # Distributions build SQLite to overwrite what is deleted, which would double what is written.
        "secure_delete = FAST",
        f"journal_size_limit = {2 * _WAL_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _row(it: SpooledFrame) -> tuple[Any, ...]:
    to, frame = it.destination, it.frame
    place = (it.row_id, it.sequence, it.spooled_at_us, to.topic, to.region, to.group, to.priority.value)
    shot = (frame.camera_id, frame.captured_at_us, frame.clock.value, frame.reason.value, frame.motion_score)
    return *place, *shot, frame.width_px, frame.height_px, frame.image


def _frame(row: tuple[Any, ...]) -> SpooledFrame:
    row_id, sequence, spooled_at_us, topic, region, group, priority, camera_id, captured_at_us, *rest = row
    clock, reason, motion_score, width_px, height_px, image = rest
    return SpooledFrame(
        row_id,
        sequence,
        spooled_at_us,
        Destination(topic, region, group, Priority(priority)),
        ChosenFrame(camera_id, captured_at_us, Clock(clock), Reason(reason), motion_score, width_px, height_px, image),
    )


def _entry(row: tuple[Any, ...]) -> Entry:
    row_id, camera_id, priority, reason, image_bytes, spooled_at_us = row
    return Entry(row_id, camera_id, Priority(priority), Reason(reason), size_on_disk(image_bytes), spooled_at_us)
