"""Who runs a command, as others will read it."""

import getpass
import socket


def author_name() -> str:
    """``user@host`` of this process; the host alone where the user has no name, as in many containers."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        return socket.gethostname()
