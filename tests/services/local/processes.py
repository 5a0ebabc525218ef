"""Who is still there: processes found by what they were started with."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


def processes_of(state_dir: Path) -> list[psutil.Process]:
    """Return all running processes whose command line or environment names the folder: Java and Python workers."""
    return [process for process in psutil.process_iter() if _names(process, str(state_dir))]


def _names(process: psutil.Process, text: str) -> bool:
    try:
        return any(text in part for part in (*process.cmdline(), *process.environ().values()))
    except _GONE:
        return False


def wait_until(condition: Callable[[], bool], what: str, deadline_s: float = 60.0) -> None:
    """Wait for a condition, fail with its name when it does not come true in time."""
    give_up_at_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up_at_s, f"{what}: not within {deadline_s} s"
        time.sleep(0.05)
