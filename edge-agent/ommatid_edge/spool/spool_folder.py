"""Where an agent's spool lies, and that no other agent uses it."""

import fcntl
import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ommatid_edge.spool.sqlite_store import SqliteStore
from ommatid_schemas.errors import ConfigurationError

_LARGEST_WAL_BYTES = 8 * 1024 * 1024
_VARIABLE = "OMMATID_EDGE_SPOOL_FOLDER"


def default_folder(agent_id: str, environment: Mapping[str, str]) -> Path:
    """Folder for an agent that was not given one.

    systemd names the folder of a service with ``StateDirectory=``; otherwise it is the user's state folder
    (XDG Base Directory Specification 0.8), with the agent's name below it.

    Args:
        agent_id: The agent.
        environment: Variables of the process.
    """
    given = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if given:
        return Path(given)
    state = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/")) / ".local" / "state"
    return Path(state) / "ommatid-edge" / agent_id.replace("/", "_")


@contextmanager
def open_spool(folder: Path, spool_bytes: int) -> Generator[SqliteStore]:
    """The spool of a folder, for the length of a ``with`` block.

    Args:
        folder: Created if missing, for its owner's eyes only.
        spool_bytes: Most bytes of frames that will lie in it.

    Raises:
        ConfigurationError: The folder cannot be used, or another agent uses it.
    """
    with _held(folder):
        store = SqliteStore(folder, min(_LARGEST_WAL_BYTES, spool_bytes // 16))
        try:
            yield store
        finally:
            store.close()


@contextmanager
def _held(folder: Path) -> Generator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise ConfigurationError(
            f"{_VARIABLE}: expected a folder that can be written, found {folder}: {exc.strerror}"
        ) from None
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ConfigurationError(
            f"{_VARIABLE}: expected a folder of this agent's own, found {folder} in use by process "
            f"{os.pread(descriptor, 20, 0).decode(errors='replace').strip() or 'unknown'}; "
            "stop the other agent, or give each a folder"
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
