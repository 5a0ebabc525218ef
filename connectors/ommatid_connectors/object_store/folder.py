"""Objects as files below one folder."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ommatid_connectors.atomic_file import write_atomically
from ommatid_connectors.object_store.object_store import ObjectMissing, ObjectStoreFailed, StoredObject, checked_key


class FolderStore:
    """Objects as files; the folder is created when the first is written.

    Args:
        folder: Root of all keys.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Write a file whole: readers see the old one, the new one, and nothing between."""
        del content_type
        path = self._path(key)
        try:
            try:
                _write(path, data)
            except FileNotFoundError:
                # Whoever deletes the last file of a folder takes the folder away, perhaps just now.
                _write(path, data)
        except OSError as exc:
            raise ObjectStoreFailed(f"{path}: expected to write {len(data)} bytes, found {exc.strerror}") from exc
        return path.as_uri()

    def get(self, key: str) -> bytes:
        """Read a file."""
        path = self._path(key)
        try:
            return path.read_bytes()
        except FileNotFoundError as exc:
            raise ObjectMissing(f"{path}: expected a file, found none") from exc
        except OSError as exc:
            raise ObjectStoreFailed(f"{path}: expected a readable file, found {exc.strerror}") from exc

    def share(self, key: str, lifetime_s: float) -> str:
        """URL of the file; who may read it, and until when, is said by its permissions."""
        del lifetime_s
        return self._path(key).as_uri()

    def folders(self, key: str) -> tuple[str, ...]:
        """Folders directly below a folder."""
        path = self._path(key)
        try:
            return tuple(sorted(it.name for it in path.iterdir() if it.is_dir() and not it.is_symlink()))
        except FileNotFoundError:
            return ()
        except OSError as exc:
            raise ObjectStoreFailed(f"{path}: expected a readable folder, found {exc.strerror}") from exc

    def objects(self, key: str) -> Iterator[StoredObject]:
        """Files below a folder, unfinished ones too; links are not followed."""
        for folder, _, names in os.walk(self._path(key), onerror=_refuse):
            for name in names:
                path = Path(folder) / name
                with contextlib.suppress(FileNotFoundError):
                    stored_at_us = path.lstat().st_mtime_ns // 1000
                    yield StoredObject(path.relative_to(self._folder).as_posix(), stored_at_us)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete files, and the folders that are empty then."""
        for key in keys:
            path = self._path(key)
            try:
                path.unlink(missing_ok=True)
            except OSError as exc:
                raise ObjectStoreFailed(f"{path}: expected to delete it, found {exc.strerror}") from exc
            self._remove_empty(path.parent)

    def _remove_empty(self, folder: Path) -> None:
        # A folder that holds something is refused, which ends it.
        with contextlib.suppress(OSError):
            while folder != self._folder:
                folder.rmdir()
                folder = folder.parent

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise ObjectStoreFailed(f"{error.filename}: expected a readable folder, found {error.strerror}") from error
