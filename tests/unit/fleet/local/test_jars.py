import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from ommatid_fleet.local.errors import JarsUnavailableError
from ommatid_fleet.local.jars import jars_of

COORDINATE = "org.example:part:1.0"


class FakeRepository:
    """Answers like jgo with jars it writes, and counts how often it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = 0

    def __call__(self, coordinate: str) -> Sequence[Path]:
        self.asked += 1
        jar = self.folder / f"{coordinate.split(':')[1]}.jar"
        with zipfile.ZipFile(jar, "w") as content:
            content.writestr("a.class", b"")
        return [jar]


@pytest.fixture
def repository(tmp_path: Path) -> FakeRepository:
    return FakeRepository(tmp_path)


def test_a_second_question_is_answered_from_the_cache(tmp_path: Path, repository: FakeRepository):
    first = jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)

    assert jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository) == first
    assert repository.asked == 1


def test_a_jar_that_vanished_is_resolved_again(tmp_path: Path, repository: FakeRepository):
    (jar,) = jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)
    jar.unlink()

    (again,) = jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)

    assert again.exists()
    assert repository.asked == 2


def test_a_jar_of_another_size_is_resolved_again(tmp_path: Path, repository: FakeRepository):
    (jar,) = jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)
    jar.write_bytes(b"cut short")

    jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)

    assert repository.asked == 2


def test_a_damaged_cache_file_is_replaced(tmp_path: Path, repository: FakeRepository):
    jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)
    (entry,) = (tmp_path / "cache").glob("*.json")
    entry.write_text("{")

    jars_of(COORDINATE, cache=tmp_path / "cache", resolver=repository)

    assert repository.asked == 2


def test_no_network_is_one_sentence_with_the_coordinate(tmp_path: Path):
    def offline(_: str) -> Sequence[Path]:
        raise ConnectionError("repo unreachable\nlong details")

    with pytest.raises(JarsUnavailableError, match=r"jars of org.example:part:1.0: .*repo unreachable\).*network") as e:
        jars_of(COORDINATE, cache=tmp_path / "cache", resolver=offline)
    assert "\n" not in str(e.value)


def test_a_download_cut_short_is_not_remembered(tmp_path: Path):
    def broken(_: str) -> Sequence[Path]:
        jar = tmp_path / "half.jar"
        jar.write_bytes(b"PK but no more")
        return [jar]

    with pytest.raises(JarsUnavailableError, match=r"half\.jar, which is no jar"):
        jars_of(COORDINATE, cache=tmp_path / "cache", resolver=broken)
    assert not list((tmp_path / "cache").glob("*.json"))
