import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ommatid_edge.spool import Changes, SpoolDamaged, SpooledFrame, SpoolFull, SqliteStore
from tests.unit.edge_agent.spool.frames import spooled

MB = 1024 * 1024


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path, wal_bytes=MB)
    yield opened
    opened.close()


def limit_pages(store: SqliteStore, pages: int) -> None:
    """Make SQLite refuse to grow its file, as it does on a full disk."""
    store._connection().execute(f"PRAGMA max_page_count = {pages}")  # pyright: ignore[reportPrivateUsage]


def file_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_a_frame_comes_back_as_it_was(store: SqliteStore):
    frame = spooled(7, "lobby/1 ä")

    store.write(Changes(added=[frame], next_sequences={"lobby/1 ä": 8}))

    assert store.read(7) == frame
    assert store.entries() == [frame.entry()]


def test_what_was_written_is_there_for_the_next_process(store: SqliteStore, tmp_path: Path):
    frames = [spooled(row_id) for row_id in range(1, 4)]
    store.write(Changes(frames, next_sequences={"a": 4}))
    store.write(Changes(deleted=[frames[1].entry()]))
    store.close()

    again = SqliteStore(tmp_path)

    assert again.entries() == [frames[0].entry(), frames[2].entry()]
    assert again.next_sequences() == {"a": 4}
    again.close()


def test_opening_needs_no_room_on_the_disk(store: SqliteStore, tmp_path: Path):
    store.write(Changes([spooled(1)]))
    store.close()
    before = (tmp_path / "spool.sqlite").read_bytes()

    again = SqliteStore(tmp_path)
    assert again.entries() == [spooled(1).entry()]

    assert (tmp_path / "spool.sqlite").read_bytes() == before
    assert file_bytes(tmp_path) == len(before)
    again.close()


def test_its_files_are_for_the_owner_only(store: SqliteStore, tmp_path: Path):
    store.write(Changes([spooled(1)]))

    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_file_takes_nothing_of_a_transaction_and_goes_on_after_deletes(store: SqliteStore):
    first = [spooled(row_id, size_bytes=30_000) for row_id in range(1, 21)]
    store.write(Changes(first))
    limit_pages(store, 180)

    with pytest.raises(SpoolFull, match=r"expected room for frames, found SQLITE_FULL .*; free some space"):
        store.write(Changes([spooled(21, size_bytes=30_000), spooled(22, size_bytes=900_000)]))
    store.write(Changes([spooled(23, size_bytes=90_000)], deleted=[frame.entry() for frame in first[:5]]))

    assert [entry.row_id for entry in store.entries()] == [*range(6, 21), 23]


def test_frames_that_pass_through_do_not_make_the_files_grow(store: SqliteStore, tmp_path: Path):
    under_way: list[SpooledFrame] = []
    for row_id in range(1, 301):
        gone = [under_way.pop(0).entry()] if len(under_way) == 4 else []
        under_way.append(spooled(row_id, size_bytes=40_000))
        store.write(Changes(under_way[-1:], gone))
        store.tidy(idle=True)

    assert file_bytes(tmp_path) < 2 * MB


def test_the_file_shrinks_after_a_backlog(store: SqliteStore, tmp_path: Path):
    backlog = [spooled(row_id, size_bytes=1_000_000) for row_id in range(1, 31)]
    store.write(Changes(backlog))
    store.tidy(idle=False)
    largest = file_bytes(tmp_path)

    store.write(Changes(deleted=[frame.entry() for frame in backlog]))
    for _ in range(30):
        store.write(Changes(next_sequences={"a": 1}))
        store.tidy(idle=True)
    store.close()

    assert largest > 30 * MB
    assert file_bytes(tmp_path) < 17 * MB


def test_something_else_in_place_of_the_file_is_set_aside(tmp_path: Path):
    (tmp_path / "spool.sqlite").write_bytes(b"not a database" * 1000)
    store = SqliteStore(tmp_path)
    with pytest.raises(SpoolDamaged, match="expected a spool of version 1, found file is not a database"):
        store.entries()

    aside = Path(store.start_over())
    store.write(Changes([spooled(1)]))

    assert aside.read_bytes().startswith(b"not a database")
    assert store.read(1) == spooled(1)
    store.close()


def test_only_the_latest_damaged_file_is_kept(store: SqliteStore, tmp_path: Path):
    (tmp_path / "spool.sqlite.damaged-20200101T000000Z").touch()
    store.write(Changes([spooled(1)]))

    aside = Path(store.start_over())

    assert [path.name for path in tmp_path.glob("*damaged*") if "-wal" not in path.name] == [aside.name]


def test_a_spool_of_another_version_is_not_touched(store: SqliteStore, tmp_path: Path):
    store.write(Changes([spooled(1)]))
    store.close()
    with sqlite3.connect(tmp_path / "spool.sqlite") as other:
        other.execute("PRAGMA user_version = 9")
    other.close()

    with pytest.raises(SpoolDamaged, match="expected a spool of version 1, found version 9"):
        store.next_sequences()


def test_pages_that_were_overwritten_are_noticed(store: SqliteStore, tmp_path: Path):
    store.write(Changes([spooled(row_id, size_bytes=100_000) for row_id in range(1, 11)]))
    store.close()
    with (tmp_path / "spool.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 200_000)

    with pytest.raises(SpoolDamaged):
        [store.read(entry.row_id) for entry in store.entries()]


def test_a_folder_that_vanished_counts_as_full(tmp_path: Path):
    store = SqliteStore(tmp_path / "gone")

    with pytest.raises(SpoolFull, match="expected to write, found No such file"):
        store.write(Changes([spooled(1)]))
