from pathlib import Path
from typing import Any

import pytest
import yaml

from ommatid_fleet.local.flink_cluster import FlinkClusterOptions, taskmanager_flags, write_configuration
from ommatid_fleet.local.flink_distribution import flink_environment


@pytest.fixture
def configuration(tmp_path: Path) -> dict[str, Any]:
    write_configuration(tmp_path, 1001, 1002, FlinkClusterOptions(python=Path("/venv/bin/python"), task_heap_mb=300))
    return yaml.safe_load((tmp_path / "conf" / "config.yaml").read_text())


def test_every_address_of_the_cluster_is_the_loopback_interface(configuration: dict[str, Any]):
    jobmanager, taskmanager, rest = (configuration[part] for part in ("jobmanager", "taskmanager", "rest"))

    assert {
        *(jobmanager["bind-host"], jobmanager["rpc"]["address"]),
        *(taskmanager["bind-host"], taskmanager["host"]),
        *(rest["bind-address"], rest["address"]),
    } == {"127.0.0.1"}


def test_the_chosen_ports_are_configured(configuration: dict[str, Any]):
    assert configuration["jobmanager"]["rpc"]["port"] == 1001
    assert configuration["rest"]["port"] == 1002


def test_client_and_workers_use_the_given_interpreter(configuration: dict[str, Any]):
    assert configuration["python"] == {"executable": "/venv/bin/python", "client": {"executable": "/venv/bin/python"}}


def test_checkpoints_and_savepoints_stay_in_the_folder_of_the_cluster(configuration: dict[str, Any], tmp_path: Path):
    assert configuration["execution"]["checkpointing"] == {
        "dir": f"file://{tmp_path}/checkpoints",
        "savepoint-dir": f"file://{tmp_path}/savepoints",
    }


def test_the_flags_of_the_jvm_follow_the_configured_memory(configuration: dict[str, Any]):
    memory = configuration["taskmanager"]["memory"]
    heap_mb = megabytes(memory["framework"]["heap"]) + megabytes(memory["task"]["heap"])
    direct_mb = megabytes(memory["framework"]["off-heap"]) + megabytes(memory["task"]["off-heap"])
    direct_mb += int(memory["network"]["max"].removesuffix("m"))

    flags = taskmanager_flags(FlinkClusterOptions(task_heap_mb=300))

    assert f"-Xmx{heap_mb}m" in flags
    assert f"-XX:MaxDirectMemorySize={direct_mb}m" in flags
    assert f"-XX:MaxMetaspaceSize={memory['jvm-metaspace']['size']}" in flags


def megabytes(part: dict[str, str]) -> int:
    return int(part["size"].removesuffix("m"))


def test_only_a_cluster_for_benchmarks_uses_the_slow_starting_compiler():
    assert "-XX:TieredStopAtLevel=1" in taskmanager_flags(FlinkClusterOptions())
    assert "-XX:TieredStopAtLevel=1" not in taskmanager_flags(FlinkClusterOptions(full_jit=True))


def test_nothing_is_written_into_the_folders_of_the_wheel(tmp_path: Path):
    environment = flink_environment(tmp_path, inherited={"PATH": "/usr/bin"})

    written = [environment[f"FLINK_{name}_DIR"] for name in ("CONF", "LIB", "LOG", "PID")]
    assert all(Path(folder).is_relative_to(tmp_path) for folder in written)


def test_an_inherited_search_path_is_kept_behind_java(tmp_path: Path):
    environment = flink_environment(tmp_path, inherited={"PATH": "/usr/bin"})

    java, rest = environment["PATH"].split(":", 1)
    assert Path(java) == Path(environment["JAVA_HOME"]) / "bin"
    assert rest == "/usr/bin"
