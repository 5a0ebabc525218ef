"""SIGTERM as an ordinary exit."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

_EXIT_STATUS = 128 + signal.SIGTERM


@contextmanager
def terminate_on_sigterm() -> Generator[None]:
    """Turn SIGTERM into ``SystemExit(143)``, so that the ``with`` blocks inside this one close what they opened.

    Install it once, in the main thread, outside of everything that must be cleaned up::

        with terminate_on_sigterm(), LocalStack() as stack:
            ...

    Python's default for SIGTERM ends the process at once and runs no ``finally``. The handler found before is put back.
    """
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _exit(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  the signature that signal() asks for
    raise SystemExit(_EXIT_STATUS)


@contextmanager
def uninterrupted() -> Generator[None]:
    """Ignore SIGINT and SIGTERM while cleaning up; only for short work, and without effect outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
