"""The folder of one run of an agent: its own, and gone afterwards, even if the agent was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "ommatid-edge-run-"


@contextmanager
def run_folder(parent: Path | None = None) -> Generator[Path]:
    """A private folder, for the length of a ``with`` block. First removes those of this user's agents that were killed.

    A folder is in use while its agent holds a lock on it, which the kernel frees however the agent ends; unlike a
    process id it can be no other's. systemd-tmpfiles, too, leaves locked folders alone (tmpfiles.d(5), "Age").

    Args:
        parent: Where it is made; None for the folder of temporary files.
    """
    parent = parent or Path(tempfile.gettempdir())
    for former in parent.glob(f"{_PREFIX}*"):
        _remove_abandoned(former)
    folder, descriptor = _make(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _make(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        descriptor = _lock(folder)
        # Another agent that starts may have taken it for abandoned before it was locked.
        if descriptor is not None:
            if folder.exists():
                return folder, descriptor
            os.close(descriptor)


def _remove_abandoned(folder: Path) -> None:
    descriptor = _lock(folder)
    if descriptor is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _lock(folder: Path) -> int | None:
    """Descriptor that holds the lock; None when somebody else has it, or the folder is gone or not ours to open."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    return None
