from pathlib import Path

import pytest

from ommatid_fleet.local.errors import JavaUnavailableError
from ommatid_fleet.local.java import java_home, require_executable


def test_java_home_holds_a_java_launcher():
    assert (java_home() / "bin" / "java").is_file()


def test_a_java_that_may_not_be_executed_is_named(tmp_path: Path):
    java = tmp_path / "java"
    java.write_text("")
    java.chmod(0o600)

    with pytest.raises(JavaUnavailableError, match=f"expected an executable at {java}"):
        require_executable(java)
