"""From Maven coordinates to the paths of jars on this machine.

jgo resolves and downloads (into ``~/.m2``); its answer is remembered in one small file for each
coordinate, so that the next start neither imports jgo nor touches the network. An entry counts only while every jar
of it is there with its size.
"""

import fcntl
import json
import os
import zipfile
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from ommatid_fleet.local.errors import JarsUnavailableError

KAFKA_BROKER = "org.apache.kafka:kafka_2.13:4.4.0"
FLINK_KAFKA_CONNECTOR = "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2"
# The connector's jar leaves it out, and topics of small messages are compressed with it. The broker's version.
ZSTD = "com.github.luben:zstd-jni:1.5.7-17"
# Of the distribution's version: it is a plugin of Flink. The presto one is Flink's own advice for checkpoints.
FLINK_S3 = "org.apache.flink:flink-s3-fs-presto:2.3.0"

_DOWNLOADS_AT_ONCE = 8

Resolver = Callable[[str], Sequence[Path]]


def default_cache() -> Path:
    """Return the folder of remembered answers: ``$XDG_CACHE_HOME/ommatid/jars``, else below ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ommatid" / "jars"


def resolve_with_jgo(coordinate: str) -> Sequence[Path]:
    """Ask jgo for the jar of ``coordinate`` and of everything it needs at run time."""
    import jgo  # noqa: PLC0415  0.4 s that a remembered answer saves

    # Not jgo.build: that fetches a JDK of its own to sort jars into modules, which a class path does not need.
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(jgo.maven.Artifact.resolve, jgo.resolve(coordinate)))


def jars_of(coordinate: str, *, cache: Path | None = None, resolver: Resolver = resolve_with_jgo) -> tuple[Path, ...]:
    """Return the jars of a Maven coordinate, its run-time dependencies included.

    Args:
        coordinate: ``group:artifact:version``.
        cache: Folder of remembered answers; `default_cache` if not given.
        resolver: Finds, and if need be downloads, the jars.

    Raises:
        JarsUnavailableError: The jars are not on this machine and cannot be fetched.
    """
    entry = (cache or default_cache()) / f"{coordinate.replace(':', '_')}.json"
    remembered = _remembered(entry)
    if remembered:
        return remembered
    with _only_one(entry):
        # Somebody else may have resolved the same coordinate while this process waited for the lock.
        return _remembered(entry) or _resolve(coordinate, entry, resolver)


def _remembered(entry: Path) -> tuple[Path, ...]:
    try:
        sizes: dict[str, int] = json.loads(entry.read_text())
        valid = all(Path(jar).stat().st_size == size_bytes for jar, size_bytes in sizes.items())
    except (OSError, ValueError):
        return ()
    return tuple(map(Path, sizes)) if valid else ()


def _resolve(coordinate: str, entry: Path, resolver: Resolver) -> tuple[Path, ...]:
    try:
        jars = tuple(resolver(coordinate))
    # jgo raises RuntimeError, requests' errors (OSError) and ValueError alike when a repository cannot be reached.
    except (RuntimeError, OSError, ValueError) as fault:
        raise JarsUnavailableError(
            f"jars of {coordinate}: not on this machine and not fetched from Maven Central ({_first_line(fault)}); "
            "check the network or proxy and start again"
        ) from fault
    broken = [jar for jar in jars if not zipfile.is_zipfile(jar)]
    if not jars or broken:
        found = f"{broken[0]}, which is no jar" if broken else "no jar at all"
        raise JarsUnavailableError(
            f"jars of {coordinate}: expected complete jars, found {found}; delete it and start again"
        )
    _remember(entry, jars)
    return jars


def _remember(entry: Path, jars: Sequence[Path]) -> None:
    fresh = entry.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({str(jar): jar.stat().st_size for jar in jars}, indent=1))
    fresh.replace(entry)


@contextmanager
def _only_one(entry: Path) -> Generator[None]:
    """Let one process at a time resolve a coordinate: jgo's folders are not made for two writers."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with entry.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _first_line(fault: Exception) -> str:
    text = str(fault).strip() or type(fault).__name__
    return text.splitlines()[0][:200]
