import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from ommatid_fleet.flink import FlinkRest, submit
from ommatid_fleet.local import FlinkClusterOptions, LocalError, LocalStack, Step
from ommatid_fleet.local.ports import is_listening
from tests.services.local.processes import processes_of, wait_until

HOLD_STACK = Path(__file__).with_name("hold_stack.py")
ONE_SLOT = FlinkClusterOptions(task_managers=1)


@dataclass(frozen=True)
class Holder:
    """Another process that holds a stack."""

    process: subprocess.Popen[str]
    state_dir: Path
    pids: frozenset[int]


@pytest.fixture
def holder(tmp_path: Path) -> Generator[Holder]:
    command = [sys.executable, str(HOLD_STACK), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        known = json.loads(process.stdout.readline())
        yield Holder(process, Path(known["state_dir"]), frozenset(known["pids"]))
        process.kill()


def port_of(address: str) -> int:
    return int(address.removesuffix("/metrics").rsplit(":", 1)[1])


def test_nothing_is_left_of_a_stack_that_ran_a_python_job(tmp_path: Path):
    with LocalStack(parent_dir=tmp_path, cluster_options=ONE_SLOT) as stack:
        state_dir, cluster = stack.state_dir, stack.cluster
        ports = [port_of(address) for address in (stack.broker.bootstrap, cluster.rest_url, *cluster.prometheus_urls)]
        modules = {"PYTHONPATH": str(HOLD_STACK.parent)}
        job = submit("python_job", [], jobmanager=cluster.jobmanager, python=Path(sys.executable), environment=modules)
        FlinkRest(cluster.rest_url).wait_until_running(job)
        assert any("beam" in " ".join(process.cmdline()) for process in processes_of(state_dir))
        assert all(is_listening(port) for port in ports)

    wait_until(lambda: not processes_of(state_dir), "all processes to end", deadline_s=5)
    assert not any(is_listening(port) for port in ports)
    assert list(tmp_path.iterdir()) == []


def test_two_stacks_side_by_side_share_nothing(tmp_path: Path):
    with ExitStack() as both:
        first, second = (
            both.enter_context(LocalStack(parent_dir=tmp_path, cluster_options=ONE_SLOT)) for _ in range(2)
        )

        assert first.state_dir != second.state_dir
        for stack in (first, second):
            assert FlinkRest(stack.cluster.rest_url).overview().task_managers == 1


def test_each_step_is_announced_when_it_starts_and_when_it_is_done(tmp_path: Path):
    steps: list[Step] = []

    with LocalStack(parent_dir=tmp_path, cluster_options=ONE_SLOT, on_step=steps.append):
        pass

    names = {"resolve jars", "start Kafka broker", "start Flink cluster"}
    assert {step.name for step in steps if step.state == "started"} == names
    assert {step.name for step in steps if step.state == "finished"} == names


def test_a_start_that_fails_leaves_nothing_of_the_part_that_succeeded(tmp_path: Path):
    impossible = FlinkClusterOptions(task_managers=1, environment={"JAVA_TOOL_OPTIONS": "-XX:NoSuchOption"})

    with (
        pytest.raises(LocalError, match="Flink JobManager"),
        LocalStack(parent_dir=tmp_path, cluster_options=impossible),
    ):
        pass

    wait_until(lambda: not processes_of(tmp_path), "all processes to end", deadline_s=5)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_state_folder_holds_the_logs_of_every_process(tmp_path: Path):
    with LocalStack(parent_dir=tmp_path, cluster_options=ONE_SLOT, keep=True) as stack:
        logs = stack.state_dir / "log"

    assert {log.name for log in logs.iterdir()} >= {"kafka.log", "jobmanager.log", "taskmanager-1.log"}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, -signal.SIGINT)])
def test_a_signal_ends_every_child_and_removes_the_folder(holder: Holder, number: signal.Signals, status: int):
    holder.process.send_signal(number)

    assert holder.process.wait(30) == status
    wait_until(lambda: not processes_of(holder.state_dir), "all processes to end", deadline_s=5)
    assert not holder.state_dir.exists()


def test_children_do_not_outlive_a_parent_that_was_killed(holder: Holder):
    assert all(psutil.pid_exists(pid) for pid in holder.pids)

    holder.process.kill()
    holder.process.wait(30)

    wait_until(lambda: not processes_of(holder.state_dir), "all processes to end", deadline_s=10)
