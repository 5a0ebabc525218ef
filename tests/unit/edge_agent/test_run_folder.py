import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ommatid_edge.run_folder import run_folder

HOLD_A_FOLDER = """
import sys
from pathlib import Path
from ommatid_edge.run_folder import run_folder

with run_folder(Path(sys.argv[1])) as folder:
    (folder / "dock.0").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_agent(parent: Path) -> Generator[tuple[subprocess.Popen[str], Path]]:
    """A process that is in the middle of a run."""
    command = [sys.executable, "-c", HOLD_A_FOLDER, str(parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_a_run_has_a_folder_of_its_own_that_is_gone_afterwards(tmp_path: Path):
    with run_folder(tmp_path) as folder:
        (folder / "dock.0").touch()
        assert folder.stat().st_mode & 0o777 == 0o700

    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_an_agent_that_was_killed_is_removed_by_the_next_one(tmp_path: Path):
    with other_agent(tmp_path) as (process, left):
        process.kill()
        process.wait()
        assert left.exists()

        with run_folder(tmp_path):
            assert not left.exists()


def test_the_folder_of_an_agent_that_runs_is_left_alone(tmp_path: Path):
    with other_agent(tmp_path) as (_, used), run_folder(tmp_path) as own:
        assert used.exists()
        assert own != used


def test_what_only_has_a_similar_name_is_left_alone(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "ommatid-edge-run-link").symlink_to(elsewhere)
    (tmp_path / "ommatid-edge-run-file").touch()

    with run_folder(tmp_path):
        pass

    assert {it.name for it in tmp_path.iterdir()} == {"elsewhere", "ommatid-edge-run-link", "ommatid-edge-run-file"}
