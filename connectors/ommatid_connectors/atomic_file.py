"""Files that others see whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file in one step: readers see the old one, the new one, and nothing between.

    Args:
        path: File to write or replace; its folder exists.
        content: Bytes, or text that is written as UTF-8.
        mode: Permissions; 0o600 for what holds a secret.

    Raises:
        OSError: The folder is missing, full or not writable; the old file is untouched.
    """
    descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        unfinished.chmod(mode)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
