"""The configuration of a standalone cluster against that of the local one, which the tests run on, and its pages."""

import re
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import yaml

from ommatid_fleet.cluster_folder import environment_file
from ommatid_fleet.local.flink_cluster import FlinkClusterOptions, write_configuration
from ommatid_fleet.local.flink_distribution import JAVA_OPTIONS
from ommatid_fleet.local.jars import FLINK_KAFKA_CONNECTOR, FLINK_S3, ZSTD

ROOT = Path(__file__).parents[3]
STANDALONE = yaml.safe_load((ROOT / "infra" / "flink" / "standalone" / "config.yaml").read_text())
PAGE = (ROOT / "docs" / "how-to" / "run-on-your-flink-cluster.md").read_text()
UNITS = sorted((ROOT / "infra" / "systemd").glob("ommatid-flink-*.service"))
SAME = [
    "taskmanager.numberOfTaskSlots",
    "taskmanager.memory.jvm-metaspace.size",
    "parallelism.default",
    "metrics.reporters",
    "metrics.reporter.prom.factory.class",
    "metrics.reporter.prom.filter.excludes",
]


def setting(configuration: dict[str, Any], key: str) -> Any:
    return reduce(lambda part, name: part[name], key.split("."), configuration)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("flink")
    write_configuration(home, 1001, 1002, FlinkClusterOptions())
    return yaml.safe_load((home / "conf" / "config.yaml").read_text())


@pytest.mark.parametrize("key", SAME)
def test_what_the_tests_run_with_is_what_a_standalone_cluster_runs_with(key: str, local: dict[str, Any]):
    assert setting(STANDALONE, key) == setting(local, key)


def test_java_gets_the_options_that_the_tests_run_with():
    assert tuple(setting(STANDALONE, "env.java.opts.all").split()) == JAVA_OPTIONS


def test_no_file_of_a_cluster_holds_a_key():
    texts = [path.read_text() for path in (*UNITS, ROOT / "infra" / "flink" / "standalone" / "config.yaml")]

    assert not re.search(r"(?i)(secret|access).?key\s*[:=]\s*\S", "\n".join(texts))


def test_a_value_that_the_page_says_must_stay_is_the_one_of_the_file():
    rows = re.findall(r"^\| `(taskmanager[\w.-]+)` \| (\w+) \|", PAGE, re.MULTILINE)

    assert {key: str(setting(STANDALONE, key)) for key, _ in rows} == dict(rows)
    assert f"`{setting(STANDALONE, 'state.backend.type')}`" in PAGE


@pytest.mark.parametrize("coordinate", [FLINK_KAFKA_CONNECTOR, ZSTD, FLINK_S3])
def test_the_page_names_the_jars_with_the_versions_that_are_fetched(coordinate: str):
    _, artifact, version = coordinate.split(":")

    assert f"`{artifact}` {version}" in PAGE


def test_the_environment_file_leaves_to_the_unit_where_it_may_write(tmp_path: Path):
    names = {line.partition("=")[0] for line in environment_file(tmp_path).splitlines()}

    assert {"JAVA_HOME", "FLINK_HOME", "FLINK_CONF_DIR", "FLINK_LIB_DIR", "FLINK_PLUGINS_DIR", "FLINK_BIN_DIR"} <= names
    assert not names & {"FLINK_LOG_DIR", "FLINK_PID_DIR"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_restarts_and_reads_the_files_that_the_page_names(unit: Path):
    text = unit.read_text()
    files = re.findall(r"^EnvironmentFile=-?(.+)$", text, re.MULTILINE)

    assert "Restart=always" in text
    assert {file.replace("%i", "1") for file in files} - {"/opt/ommatid-flink/flink.env"} <= set(
        re.findall(r"`(/etc/[\w./-]+)`", PAGE)
    )
