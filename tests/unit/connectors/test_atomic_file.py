from pathlib import Path

import pytest

from ommatid_connectors.atomic_file import write_atomically


def test_a_file_is_replaced_whole_and_has_its_mode(tmp_path: Path):
    path = tmp_path / "ready.json"
    path.write_text("old and longer")

    write_atomically(path, "new", mode=0o600)

    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_replace_another_leaves_nothing_behind(tmp_path: Path):
    taken = tmp_path / "taken"
    taken.mkdir()

    with pytest.raises(OSError, match="taken"):
        write_atomically(taken, b"new")

    assert list(tmp_path.iterdir()) == [taken]
