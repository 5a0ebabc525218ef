"""Objects as files below one folder."""

from pathlib import Path

from ommatid_connectors.atomic_file import write_atomically
from ommatid_connectors.object_store.object_store import ObjectMissing, ObjectStoreFailed, checked_key


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
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, data)
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

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)
