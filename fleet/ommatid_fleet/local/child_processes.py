"""Children that never outlive their parent.

Each child leads its own session and process group, writes into one log file, and asks the kernel to be killed when
its parent dies (``PR_SET_PDEATHSIG``, Linux prctl(2)), so even SIGKILL of the parent leaves nothing behind. The kernel
means the parent *thread*: all children are forked from one thread that lives as long as the process does.

A group is killed before its leader is reaped. Until then the kernel cannot give the group's number to anybody else.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

from ommatid_fleet.local.errors import (
    ChildExitedError,
    JavaUnavailableError,
    NotReadyInTimeError,
    PortTakenError,
    StartCancelledError,
)
from ommatid_fleet.local.ports import is_bind_failure
from ommatid_schemas.redaction import redact

_FORKING_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forks-children")
_TAIL_BYTES = 65536
_TAIL_LINES = 12
_BIND_FAILURE_LINES = 400  # a broker logs its whole shutdown after the reason for it
_POLL_S = 0.05
_LAUNCHER = Path(__file__).with_name("die_with_parent.py")


@dataclass(frozen=True, slots=True)
class Child:
    """A running child process and the file that holds its standard output and error.

    Attributes:
        argv: Program and arguments.
        environment: The child's whole environment; None for that of this process.
    """

    name: str
    process: subprocess.Popen[bytes]
    log_path: Path
    argv: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Process id, and id of the process group, of the child."""
        return self.process.pid


def start_child(
    name: str, argv: Sequence[str], *, log_path: Path, environment: Mapping[str, str] | None = None
) -> Child:
    """Start a child that dies with this process.

    Args:
        name: What the child is, for messages: "Kafka broker".
        argv: Program (absolute path) and arguments.
        log_path: Receives standard output and error; created, and appended to if it exists.
        environment: The child's whole environment; this process's own if not given.

    Raises:
        JavaUnavailableError: The program is not there or not executable.
    """
    if not os.access(argv[0], os.X_OK):
        raise JavaUnavailableError(f"{name}: {argv[0]} is not an executable file; reinstall the package that brings it")
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        process = _FORKING_THREAD.submit(_fork, argv, log, environment).result()
    return Child(name, process, log_path, tuple(argv), environment)


def _fork(argv: Sequence[str], log: IO[bytes], environment: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    launcher = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid())]
    return subprocess.Popen(
        [*launcher, *argv],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=None if environment is None else dict(environment),
        start_new_session=True,
    )


def start_again(child: Child) -> Child:
    """Start a child once more, as a supervisor does; whatever is left of the old one is killed before."""
    kill_child(child)
    return start_child(child.name, child.argv, log_path=child.log_path, environment=child.environment)


def exit_status(child: Child) -> int | None:
    """Return the exit status (negative: signal number), None while the child runs. Does not reap it."""
    if child.process.returncode is not None:
        return child.process.returncode
    info = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    if info is None:
        return None
    return info.si_status if info.si_code == os.CLD_EXITED else -info.si_status


def wait_for_exit(child: Child, *, deadline_s: float, cancelled: Event | None = None) -> int | None:
    """Wait until the child ends and return its status; None when it still runs after ``deadline_s`` seconds."""
    give_up_at_s = time.monotonic() + deadline_s
    while (status := exit_status(child)) is None and time.monotonic() < give_up_at_s:
        _pause(cancelled, child.name)
    return status


def wait_until_ready(
    children: Sequence[Child], ready: Callable[[], bool], *, deadline_s: float, cancelled: Event | None = None
) -> None:
    """Wait until ``ready`` answers True while all ``children`` keep running.

    Args:
        children: The first names the whole in messages; the end of any one ends the wait.
        ready: Asked about every 0.05 s; must itself return within a second or so.
        deadline_s: Seconds until the wait is given up.
        cancelled: Set by another thread to give up at once.

    Raises:
        PortTakenError: A child ended because a port was taken.
        ChildExitedError: A child ended for another reason.
        NotReadyInTimeError: The deadline passed.
        StartCancelledError: ``cancelled`` was set.
    """
    give_up_at_s = time.monotonic() + deadline_s
    while not ready():
        for child in children:
            _require_running(child)
        if time.monotonic() > give_up_at_s:
            raise NotReadyInTimeError(
                f"{children[0].name}: not ready after {deadline_s:.0f} s; the end of {children[0].log_path}:\n"
                f"{log_tail(children[0].log_path)}"
            )
        _pause(cancelled, children[0].name)


def _pause(cancelled: Event | None, name: str) -> None:
    if cancelled is None:
        time.sleep(_POLL_S)
    elif cancelled.wait(_POLL_S):
        raise StartCancelledError(f"{name}: start given up")


def _require_running(child: Child) -> None:
    status = exit_status(child)
    if status is None:
        return
    tail = log_tail(child.log_path)
    if is_bind_failure(log_tail(child.log_path, lines=_BIND_FAILURE_LINES)):
        raise PortTakenError(f"{child.name}: a port that was free is in use now; end of {child.log_path}:\n{tail}")
    raise ChildExitedError(
        f"{child.name}: expected to keep running, but it ended with status {status}; end of {child.log_path}:\n{tail}"
    )


def log_tail(log_path: Path, lines: int = _TAIL_LINES) -> str:
    """Return the last ``lines`` lines of a log, credentials in URLs hidden; a note if there are none."""
    try:
        with log_path.open("rb") as log:
            log.seek(max(0, log_path.stat().st_size - _TAIL_BYTES))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return "(no log)"
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    return redact("\n".join(f"  {line[:300]}" for line in kept)) or "(log is empty)"


def stop_children(children: Sequence[Child], *, deadline_s: float = 10.0) -> None:
    """End the children: SIGTERM to all, then SIGKILL to whatever is left of their groups.

    The groups are killed even when the leaders went in peace: a TaskManager's Python workers belong to its group.
    """
    for child in children:
        if exit_status(child) is None:
            os.kill(child.pid, signal.SIGTERM)
    give_up_at_s = time.monotonic() + deadline_s
    for child in children:
        wait_for_exit(child, deadline_s=give_up_at_s - time.monotonic())
    for child in children:
        kill_child(child)


def kill_child(child: Child) -> None:
    """SIGKILL the child's whole group and reap it; nothing happens if that was done before."""
    if child.process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.process.wait()
