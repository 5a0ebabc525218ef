"""A group's process as the agent holds it: started, spoken to, listened to, ended."""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from ommatid_edge.camera_group.messages import Command
from ommatid_edge.camera_group.wire import encode_command

_RECEIVE_S = 1
_SEND_S = 5
_BUFFER_BYTES = 256 * 1024
_TIMEVAL = struct.Struct("@ll")

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
_PASSED_ON_PREFIXES = ("LANG", "LC_", "PYTHON", "MALLOC_", "OMMATID_LOG_")


class GroupProcess(Protocol):
    """A running process of a camera group."""

    @property
    def pid(self) -> int:
        """Its process id."""
        ...

    def send(self, command: Command) -> None:
        """Send a command; a process that does not take it within seconds is killed."""
        ...

    def receive(self) -> bytes | None:
        """Bytes of reports; empty at their end, None when nothing came for about a second."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, within_s: float) -> str:
        """Wait for its end, by force after ``within_s`` seconds; says how it ended, in half a sentence."""
        ...


class Subprocess:
    """A group's process as an operating system process.

    It is told everything over a socket pair: nothing secret is in its arguments, and of the
    agent's environment, which holds the cameras' passwords, it gets only what Python and logging
    need. Only the agent has the other end, so that the process reads the end of the pipe, and
    stops, however the agent dies.

    Args:
        environment: The agent's environment.

    Raises:
        OSError: The operating system gives no process or no files.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._pipe, theirs = socket.socketpair()
        # Time limits of the kernel's, because those of Python would need both directions to be non-blocking.
        self._pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TIMEVAL.pack(_RECEIVE_S, 0))
        self._pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _TIMEVAL.pack(_SEND_S, 0))
        with theirs:
            try:
                self._process = _start(theirs.fileno(), environment)
            except OSError:
                self._pipe.close()
                raise

    @property
    def pid(self) -> int:
        """See :class:`GroupProcess`."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """See :class:`GroupProcess`."""
        try:
            self._pipe.sendall(encode_command(command))
        except BlockingIOError:
            self.kill()
        except OSError:
            # It has ended; whoever receives from it finds out.
            return

    def receive(self) -> bytes | None:
        """See :class:`GroupProcess`."""
        try:
            return self._pipe.recv(_BUFFER_BYTES)
        except BlockingIOError:
            return None
        except ConnectionError:
            return b""

    def kill(self) -> None:
        """See :class:`GroupProcess`."""
        with suppress(ProcessLookupError):
            self._process.kill()

    def wait(self, within_s: float) -> str:
        """See :class:`GroupProcess`."""
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._pipe.close()
        return f"killed by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"


def _start(pipe_fd: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "ommatid_edge.camera_group", str(pipe_fd)],
        pass_fds=[pipe_fd],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=child_environment(environment),
    )


def start_subprocess() -> Subprocess:
    """Start a group's process with this process's environment."""
    return Subprocess(os.environ)


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a group's process gets: what Python, memory allocator, TLS and logging read.

    The GNU C library gives threads up to eight memory pools per CPU. Cameras wait most of the time
    and do well with few: 24 of them took 6 % less memory with four pools.
    """
    passed_on = {
        name: value for name, value in environment.items() if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return {"MALLOC_ARENA_MAX": "4", **passed_on}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
