import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_edge.cli import app

FLEET = {
    "version": 1,
    "regions": {"eu": {"kafka": {"bootstrap": "localhost:9092"}}},
    "groups": {"doors": {"priority": "safety"}},
    "cameras": {"lobby": {"url": "rtsp://10.0.0.7/main", "region": "eu", "group": "doors", "enabled": False}},
}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["http://10.0.0.7/"], "URL: expected rtsp://[user:password@]host[:port]/path, found http://10.0.0.7/"),
        (["rtsp://{NEVER_SET}@10.0.0.7/"], "URL: expected the environment variable(s) NEVER_SET, found none"),
        (["--camera", "lobby"], "expected either a URL, or --fleet together with --camera"),
        (["rtsp://10.0.0.7/", "--camera", "lobby"], "expected either a URL, or --fleet together with --camera"),
        (["--fleet", "none.yaml", "--camera", "lobby"], "none.yaml"),
        (["--fleet", "fleet.yaml", "--camera", "lobby"], "cameras.lobby: expected a camera that is enabled"),
        (["--fleet", "fleet.yaml", "--camera", "roof"], "expected a camera of the fleet file, found 'roof'"),
    ],
)
def test_arguments_that_cannot_be_used_exit_2_before_anything_connects(
    arguments: list[str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "fleet.yaml").write_text(json.dumps(FLEET))
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["probe", *arguments])

    assert result.exit_code == 2
    assert expected in result.stderr
    assert result.stdout == ""


def test_a_url_that_cannot_be_used_is_named_without_its_password():
    result = CliRunner().invoke(app, ["probe", "-"], input="http://user:s3cret@10.0.0.7/main\n")

    assert result.exit_code == 2
    assert "found http://***@10.0.0.7/main" in result.stderr
    assert "s3cret" not in result.stderr


def test_no_part_of_a_password_that_breaks_the_url_is_taken_for_the_host():
    # RFC 3986 ends the host at the first slash, which here stands in the password.
    result = CliRunner().invoke(app, ["probe", "-"], input="rtsp://user:top@s3cret:99999/x@10.0.0.7/main\n")

    assert result.exit_code == 2
    assert "rtsp://***@10.0.0.7/main" in result.stderr
    assert "s3cret" not in result.output
