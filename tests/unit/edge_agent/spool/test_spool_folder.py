from pathlib import Path

import pytest

from ommatid_edge.spool import Changes, default_folder, open_spool
from ommatid_schemas.errors import ConfigurationError
from tests.unit.edge_agent.spool.frames import spooled

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STATE_DIRECTORY": "/var/lib/ommatid-edge:/other", "HOME": "/root"}, "/var/lib/ommatid-edge"),
        ({"XDG_STATE_HOME": "/state", "HOME": "/root"}, "/state/ommatid-edge/gate-1"),
        ({"HOME": "/home/me"}, "/home/me/.local/state/ommatid-edge/gate-1"),
    ],
)
def test_the_folder_follows_systemd_then_the_users_state_folder(environment: dict[str, str], expected: str):
    assert default_folder("gate-1", environment) == Path(expected)


def test_two_agents_cannot_share_a_folder(tmp_path: Path):
    with (
        open_spool(tmp_path / "spool", 100 * MB),
        pytest.raises(
            ConfigurationError, match=r"expected a folder of this agent's own, found .* in use by process \d+"
        ),
        open_spool(tmp_path / "spool", 100 * MB),
    ):
        pass


def test_the_next_agent_takes_the_folder_over(tmp_path: Path):
    with open_spool(tmp_path / "spool", 100 * MB) as store:
        store.write(Changes([spooled(1)]))
    with open_spool(tmp_path / "spool", 100 * MB) as store:
        assert store.entries() == [spooled(1).entry()]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(ConfigurationError, match=r"OMMATID_EDGE_SPOOL_FOLDER: expected a folder .*Not a directory"),
        open_spool(tmp_path / "file" / "spool", 100 * MB),
    ):
        pass
