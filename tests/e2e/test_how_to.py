"""The page that runs the parts by hand, run as it stands."""

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "run-the-parts-by-hand.md"
_BLOCK = re.compile(r"^```(bash terminal|bash|yaml \S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_READY = re.compile(r"--(?:ready|env)-file (\S+)")
_BASH = ("/bin/bash", "-euc")
_COMMANDS = sysconfig.get_path("scripts")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_block(script: str, folder: Path) -> str:
    """Run a block that ends; its output."""
    done = subprocess.run(
        [*_BASH, script],
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, f"{script}{done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def terminal(script: str, folder: Path) -> Generator[None]:
    """A block that keeps running; ready once the file that it names is there."""
    ready = _READY.search(script)
    assert ready, f"expected a --ready-file or --env-file in:\n{script}"
    log_path = folder / f"{ready[1]}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*_BASH, script], cwd=folder, env=_environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        give_up_at_s = time.monotonic() + 90
        while not (folder / ready[1]).exists():
            ended_or_late = process.poll() is not None or time.monotonic() > give_up_at_s
            assert not ended_or_late, f"{script}{log_path.read_text()}"
            time.sleep(0.1)
        yield
    finally:
        # As Ctrl-C in that terminal: to every process of it.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def _environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{_COMMANDS}:{os.environ['PATH']}"}


@pytest.mark.timeout(400)
def test_the_parts_run_by_hand_as_the_page_says(tmp_path: Path):
    page = PAGE.read_text(encoding="utf-8").replace("8554", str(free_port()))
    output = ""

    with ExitStack() as terminals:
        for kind, text in _BLOCK.findall(page):
            match kind.split():
                case ["yaml", name]:
                    (tmp_path / name).write_text(text)
                case ["bash", "terminal"]:
                    terminals.enter_context(terminal(text, tmp_path))
                case _:
                    output = run_block(text, tmp_path)

    assert len(output.splitlines()) == 2
    assert "person-seen: person" in output
