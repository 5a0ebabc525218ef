"""The agent as its users run it: a process with a fleet file, a log and an account of its run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("ommatid-edge")


@dataclass(frozen=True)
class AgentProcess:
    """A running agent and its files."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def log(self) -> str:
        """Everything on stderr so far."""
        return (self.folder / "log").read_text()

    @property
    def output(self) -> str:
        """Everything on stdout so far."""
        return (self.folder / "output").read_text()

    @property
    def account(self) -> dict[str, Any]:
        """The summary file."""
        return json.loads((self.folder / "summary.json").read_text())

    @property
    def metrics_port(self) -> int:
        """Port of the HTTP endpoint."""
        return json.loads((self.folder / "ready.json").read_text())["metrics_port"]

    def stop(self) -> int:
        """Stop as an operator does; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15.0)


@contextmanager
def agent(folder: Path, fleet: str, environment: Mapping[str, str]) -> Generator[AgentProcess]:
    """A ready agent for the length of a ``with`` block."""
    (folder / "fleet.yaml").write_text(fleet)
    command = [
        str(COMMAND),
        "run",
        f"--fleet={folder / 'fleet.yaml'}",
        "--agent-id=agent-1",
        "--metrics-port=0",
        f"--ready-file={folder / 'ready.json'}",
        f"--summary-file={folder / 'summary.json'}",
    ]
    with (folder / "log").open("wb") as log, (folder / "output").open("wb") as output:
        # Beside the folder, because everything in it is text that tests search.
        spool = {"OMMATID_EDGE_SPOOL_FOLDER": str(folder.with_name(f"{folder.name}-spool"))}
        process = subprocess.Popen(command, stdout=output, stderr=log, env={**os.environ, **spool, **environment})
    running = AgentProcess(process, folder)
    try:
        wait_until((folder / "ready.json").exists, lambda: f"agent not ready:\n{running.log}")
        yield running
    finally:
        process.kill()
        process.wait()


def wait_until(
    condition: Callable[[], object], complaint: Callable[[], str] = lambda: "", deadline_s: float = 20.0
) -> None:
    """Return once a condition holds; fail with a complaint at the deadline."""
    give_up_at = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up_at, complaint() or "condition not met in time"
        time.sleep(0.02)
