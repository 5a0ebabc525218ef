"""What a command shows while it waits for somebody else."""

from contextlib import AbstractContextManager

from rich.console import Console


def waiting_for(what: str) -> AbstractContextManager[object]:
    """Show a spinner with ``what`` on a terminal's stderr for the length of a ``with`` block; on a pipe, nothing."""
    return Console(stderr=True).status(f"waiting for {what}")
