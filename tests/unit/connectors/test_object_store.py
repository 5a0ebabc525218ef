from pathlib import Path

import pytest

from ommatid_connectors.object_store import FolderStore, ObjectMissing, ObjectStoreFailed, S3Store, open_object_store
from ommatid_schemas.errors import ConfigurationError


def test_an_object_in_a_folder_is_a_file_with_its_url(tmp_path: Path) -> None:
    url = FolderStore(tmp_path).put("eu-west/lobby 1/alert.jpg", b"jpeg", "image/jpeg")

    assert url == (tmp_path / "eu-west/lobby 1/alert.jpg").as_uri()
    assert (tmp_path / "eu-west/lobby 1/alert.jpg").read_bytes() == b"jpeg"


def test_an_object_is_replaced_whole_and_leaves_no_other_file(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for data in (b"first", b"second"):
        store.put("alert.jpg", data, "image/jpeg")

    assert store.get("alert.jpg") == b"second"
    assert [path.name for path in tmp_path.iterdir()] == ["alert.jpg"]


def test_a_file_is_shared_by_its_own_url(tmp_path: Path) -> None:
    assert FolderStore(tmp_path).share("lobby/alert.jpg", 60.0) == (tmp_path / "lobby/alert.jpg").as_uri()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match=r"alert\.jpg: expected a file, found none"):
        FolderStore(tmp_path).get("alert.jpg")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(ObjectStoreFailed, match=r"expected to write 4 bytes, found"):
        FolderStore(tmp_path / "file").put("alert.jpg", b"jpeg", "image/jpeg")


def test_files_are_found_at_any_depth_below_a_key(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for key in ("eu-west/2026-09-01/lobby/1.jpg", "eu-west/old/2.jpg", "us-east/3.jpg"):
        store.put(key, b"jpeg", "image/jpeg")

    assert store.folders("eu-west") == ("2026-09-01", "old")
    found = {it.key: it.stored_at_us for it in store.objects("eu-west")}
    assert set(found) == {"eu-west/2026-09-01/lobby/1.jpg", "eu-west/old/2.jpg"}
    assert found["eu-west/old/2.jpg"] == (tmp_path / "eu-west/old/2.jpg").stat().st_mtime_ns // 1000


def test_below_a_key_that_nobody_wrote_there_is_nothing(tmp_path: Path) -> None:
    assert (FolderStore(tmp_path).folders("none"), list(FolderStore(tmp_path).objects("none"))) == ((), [])


def test_deleting_takes_empty_folders_along_and_passes_over_what_is_gone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for key in ("a/b/1.jpg", "a/2.jpg"):
        store.put(key, b"jpeg", "image/jpeg")

    store.delete(["a/b/1.jpg", "a/b/gone.jpg"])

    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["a", "a/2.jpg"]


def test_a_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "1.jpg").write_bytes(b"jpeg")
    (tmp_path / "store" / "eu-west").mkdir(parents=True)
    (tmp_path / "store" / "eu-west" / "link").symlink_to(tmp_path / "elsewhere")
    store = FolderStore(tmp_path / "store")

    assert (store.folders("eu-west"), list(store.objects("eu-west"))) == ((), [])


def test_what_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.jpg" / "full").mkdir(parents=True)

    with pytest.raises(ObjectStoreFailed, match=r"folder\.jpg: expected to delete it, found"):
        FolderStore(tmp_path).delete(["folder.jpg"])


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../alert.jpg", "a//b", "a/../../b", "a\\b", "a\0b"])
def test_a_key_cannot_leave_the_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="expected a relative path"):
        FolderStore(tmp_path).put(key, b"jpeg", "image/jpeg")


def test_a_file_url_opens_a_folder(tmp_path: Path) -> None:
    store = open_object_store((tmp_path / "with space").as_uri())
    store.put("alert.jpg", b"jpeg", "image/jpeg")

    assert (tmp_path / "with space" / "alert.jpg").is_file()


def test_an_s3_url_opens_a_bucket() -> None:
    assert isinstance(open_object_store("s3://bucket/snapshots", "http://127.0.0.1:1"), S3Store)


@pytest.mark.parametrize("url", ["/snapshots", "file://host/folder", "https://bucket", "s3:///prefix", "file:folder"])
def test_another_url_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="expected file:///absolute/folder or s3://bucket/prefix"):
        open_object_store(url)


def test_credentials_in_a_url_are_not_shown() -> None:
    with pytest.raises(ConfigurationError) as raised:
        open_object_store("s3://key:secret@bucket/prefix")

    assert "secret" not in str(raised.value)
