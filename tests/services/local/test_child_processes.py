import os
import signal
from collections.abc import Callable, Generator
from pathlib import Path
from threading import Event

import pytest

from ommatid_fleet.local.child_processes import (
    Child,
    exit_status,
    log_tail,
    start_again,
    start_child,
    stop_children,
    wait_for_exit,
    wait_until_ready,
)
from ommatid_fleet.local.errors import (
    ChildExitedError,
    JavaUnavailableError,
    NotReadyInTimeError,
    PortTakenError,
    StartCancelledError,
)

Shell = Callable[[str], Child]


@pytest.fixture
def shell(tmp_path: Path) -> Generator[Shell]:
    """Start ``sh -c SCRIPT`` as a child; whatever still runs at the end is ended."""
    children: list[Child] = []

    def start(script: str) -> Child:
        children.append(start_child("shell", ["/bin/sh", "-c", script], log_path=tmp_path / "log" / "shell.log"))
        return children[-1]

    yield start
    stop_children(children, deadline_s=0.0)


def never() -> bool:
    return False


def wait_for_text(path: Path, text: str, child: Child) -> None:
    wait_until_ready([child], lambda: path.exists() and text in path.read_text(), deadline_s=10)


def test_a_child_writes_both_outputs_into_its_log(shell: Shell):
    child = shell("echo out; echo err >&2")

    assert wait_for_exit(child, deadline_s=10) == 0
    assert child.log_path.read_text() == "out\nerr\n"


def test_a_child_leads_its_own_process_group(shell: Shell):
    child = shell("exec sleep 100")

    assert os.getpgid(child.pid) == child.pid


def test_the_status_of_a_killed_child_is_the_negative_signal_number(shell: Shell):
    child = shell("kill -9 $$")

    assert wait_for_exit(child, deadline_s=10) == -9


def test_a_child_that_ends_early_is_reported_with_the_end_of_its_log(shell: Shell):
    child = shell("for n in $(seq 1 30); do echo line $n; done; exit 3")

    with pytest.raises(ChildExitedError, match=r"shell: .*ended with status 3(?s:.*)line 30") as fault:
        wait_until_ready([child], never, deadline_s=10)
    assert "line 10" not in str(fault.value)


def test_a_child_that_lost_its_port_is_reported_as_such(shell: Shell):
    child = shell("echo java.net.BindException: Address already in use; exit 1")

    with pytest.raises(PortTakenError, match="shell: a port that was free is in use now"):
        wait_until_ready([child], never, deadline_s=10)


def test_a_child_that_is_not_ready_in_time_is_reported_with_the_end_of_its_log(shell: Shell):
    child = shell("echo still loading; exec sleep 100")
    wait_for_text(child.log_path, "still loading", child)

    with pytest.raises(NotReadyInTimeError, match=r"shell: not ready after 0 s(?s:.*)still loading"):
        wait_until_ready([child], never, deadline_s=0.0)


def test_a_wait_that_is_cancelled_ends_at_once(shell: Shell):
    cancelled = Event()
    cancelled.set()

    with pytest.raises(StartCancelledError):
        wait_until_ready([shell("exec sleep 100")], never, deadline_s=60, cancelled=cancelled)


def test_stopping_lets_a_child_finish_its_work(shell: Shell):
    child = shell("trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for_text(child.log_path, "ready", child)

    stop_children([child], deadline_s=10)

    assert "goodbye" in child.log_path.read_text()


def test_stopping_kills_a_child_that_does_not_listen(shell: Shell):
    child = shell("trap '' TERM; echo ready; while :; do sleep 0.05; done")
    wait_for_text(child.log_path, "ready", child)

    stop_children([child], deadline_s=0.1)

    assert exit_status(child) == -9


def test_stopping_takes_the_grandchildren_along(shell: Shell, tmp_path: Path):
    child = shell(f"sleep 100 & echo $! > {tmp_path}/grandchild; exec sleep 100")
    wait_for_text(tmp_path / "grandchild", "\n", child)
    grandchild = int((tmp_path / "grandchild").read_text())

    stop_children([child])

    bystander = shell("exec sleep 100")
    wait_until_ready([bystander], lambda: not is_alive(grandchild), deadline_s=10)


def is_alive(pid: int) -> bool:
    """Whether a process still runs; one that waits to be reaped by whoever adopted it does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_stopping_twice_is_harmless(shell: Shell):
    child = shell("exec sleep 100")

    stop_children([child])
    stop_children([child])

    assert exit_status(child) is not None


def test_a_program_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(JavaUnavailableError, match=r"Kafka broker: /nowhere/java is not an executable file"):
        start_child("Kafka broker", ["/nowhere/java"], log_path=tmp_path / "log")


def test_the_end_of_a_log_hides_credentials(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("opening rtsp://viewer:s3cret@camera/main\n")

    assert log_tail(log) == "  opening rtsp://***@camera/main"


def test_a_log_that_was_never_written_is_named_so(tmp_path: Path):
    assert log_tail(tmp_path / "none") == "(no log)"


def test_a_child_that_was_killed_is_started_again_as_it_was(shell: Shell):
    killed = shell("echo started; exec sleep 60")
    wait_until_ready([killed], lambda: log_tail(killed.log_path).count("started") == 1, deadline_s=10.0)
    os.kill(killed.pid, signal.SIGKILL)
    again = start_again(killed)

    try:
        wait_until_ready([again], lambda: log_tail(again.log_path).count("started") == 2, deadline_s=10.0)
    finally:
        stop_children([again], deadline_s=0.0)
    assert killed.process.returncode == -signal.SIGKILL
