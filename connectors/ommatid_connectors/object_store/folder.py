"""Objects as files below one folder."""

import os
import tempfile
from pathlib import Path

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
            _write_atomically(path, data)
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

    def _path(self, key: str) -> Path:
        return self._folder / checked_key(key)


def _write_atomically(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        # mkstemp gives 0600; other accounts (a web server, the console) have to read snapshots.
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
