"""Free ports on the loopback interface.

A port can be lost between being chosen here and being bound by the child. Whoever uses these ports must therefore
start again with new ones on `PortTakenError`; `is_bind_failure` recognises the case in a child's log.
"""

import contextlib
import re
import socket

from ommatid_fleet.local.errors import PortTakenError

LOOPBACK = "127.0.0.1"

_BIND_FAILURE = re.compile(r"BindException|Address already in use|Socket server failed to bind")


def free_ports(count: int) -> tuple[int, ...]:
    """Choose ``count`` different TCP ports that are free on 127.0.0.1 at this moment."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOOPBACK, 0))
        return tuple(one.getsockname()[1] for one in sockets)


def is_bind_failure(log: str) -> bool:
    """Whether the text of a log says that a port was taken by somebody else."""
    return _BIND_FAILURE.search(log) is not None


def require_free(port: int, user: str) -> None:
    """Raise `PortTakenError` if something listens at the port of 127.0.0.1 that ``user`` was told to use."""
    if is_listening(port):
        raise PortTakenError(f"{user}: port {port} of {LOOPBACK} is in use; end its owner or ask for another port")


def is_listening(port: int) -> bool:
    """Whether something accepts TCP connections at the port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((LOOPBACK, port)) == 0
