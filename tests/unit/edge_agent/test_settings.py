import pytest

from ommatid_edge.settings import load_settings
from ommatid_schemas.errors import ConfigurationError


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMMATID_EDGE_AGENT_ID", "from-environment")
    monkeypatch.setenv("OMMATID_EDGE_STALL_TIMEOUT_S", "4")

    settings = load_settings({"agent_id": "from-command-line", "metrics_port": None})

    assert (settings.agent_id, settings.stall_timeout_s, settings.metrics_port) == ("from-command-line", 4.0, 9477)


def test_all_faults_come_in_one_message_with_their_variables(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMMATID_EDGE_STALL_TIMEOUT_S", "soon")
    monkeypatch.setenv("OMMATID_EDGE_METRICS_PORT", "70000")

    with pytest.raises(
        ConfigurationError,
        match=r"(?s)OMMATID_EDGE_METRICS_PORT: .*65535.*OMMATID_EDGE_STALL_TIMEOUT_S: .*valid number",
    ):
        load_settings({})
