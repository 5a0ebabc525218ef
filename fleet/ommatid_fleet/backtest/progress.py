"""How far something is, for whoever waits for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

Progress = Callable[[float], None]
"""Is told how much has been done: seconds of footage, or records."""

Showing = Callable[[str, float], AbstractContextManager[Progress]]
"""Shows the progress of something that has a name and so much to do, for the length of a ``with`` block."""
