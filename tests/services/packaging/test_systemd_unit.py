"""The systemd unit, judged by systemd's own tools; nothing is installed or started."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[3] / "infra" / "systemd" / "ommatid-edge.service"
INSTALLED = "/opt/ommatid-edge/bin/ommatid-edge"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the command of this environment in the place of the installed one, which must exist."""
    text = UNIT.read_text()
    assert INSTALLED in text
    copy = tmp_path / UNIT.name
    copy.write_text(text.replace(INSTALLED, str(Path(sys.executable).with_name("ommatid-edge"))))
    return copy


def systemd_analyze(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    assert program is not None, "install systemd: its systemd-analyze judges the unit"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def test_systemd_knows_every_directive_and_value(unit: Path):
    verified = systemd_analyze(["verify", "--man=no", str(unit)])

    assert verified.stderr == ""
    assert verified.returncode == 0


def test_systemd_finds_little_exposure(unit: Path):
    # The scale goes from 0 to 100; most services that Linux distributions ship are above 80.
    judged = systemd_analyze(["security", "--no-pager", "--offline=yes", "--threshold=20", str(unit)])

    assert judged.returncode == 0, judged.stdout.splitlines()[-1]
