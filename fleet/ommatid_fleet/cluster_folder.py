"""The folder of a standalone Flink cluster on one machine: jars, plugins, and the environment of its processes.

Flink itself stays where the PyFlink wheel has put it. Everything else is copied, so that a service needs to read
neither the cache of whoever prepared the folder nor the network.
"""

import shutil
from pathlib import Path

from ommatid_fleet.local.flink_distribution import flink_environment, flink_home, library_jars
from ommatid_fleet.local.jars import FLINK_S3, jars_of

_ENVIRONMENT = "flink.env"
_OF_THE_SERVICE = ("FLINK_LOG_DIR", "FLINK_PID_DIR")
"""Where a process may write is said by whoever starts it: a value of this file would win over one of a unit."""


def prepare(folder: Path, *, s3: bool) -> None:
    """Fill ``lib/`` and ``plugins/`` of a folder, and write ``flink.env``; what was in these three is replaced.

    Args:
        folder: Absolute path; ``conf/config.yaml`` below it is the caller's, and so are files of logging there.
        s3: Add the plugin of Flink for ``s3://`` in checkpoints and savepoints.

    Raises:
        JarsUnavailableError: A jar cannot be fetched.
        LocalError: PyFlink is not installed.
    """
    lib, plugins = (_empty(folder / name) for name in ("lib", "plugins"))
    for jar in library_jars():
        shutil.copy(jar, lib)
    for plugin in (flink_home() / "plugins").iterdir():
        if plugin.is_dir():
            shutil.copytree(plugin, plugins / plugin.name)
    if s3:
        target = _empty(plugins / "s3-fs-presto")
        for jar in jars_of(FLINK_S3):
            shutil.copy(jar, target)
    _copy_log_configuration(folder / "conf")
    (folder / _ENVIRONMENT).write_text(environment_file(folder))


def environment_file(folder: Path) -> str:
    """Text of ``flink.env``: ``NAME=value`` lines, for systemd and for a shell with ``set -a``."""
    environment = flink_environment(folder, inherited={"PATH": "/usr/local/bin:/usr/bin:/bin"})
    environment |= {"FLINK_PLUGINS_DIR": str(folder / "plugins")}
    kept = {name: value for name, value in environment.items() if name not in _OF_THE_SERVICE}
    return "".join(f'{name}="{value}"\n' for name, value in sorted(kept.items()))


def _copy_log_configuration(conf: Path) -> None:
    """Copy the wheel's configuration of logs, where the caller has none of their own."""
    conf.mkdir(exist_ok=True)
    for source in (flink_home() / "conf").glob("log4j*.properties"):
        if not (conf / source.name).exists():
            shutil.copy(source, conf)


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
