import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ommatid_connectors.webhook import Answer, WebhookReceiver, new_secret
from ommatid_fleet.cli import app
from ommatid_schemas import ConfigurationError

FLEET = """
version: 1
regions: {{eu-west: {{kafka: {{bootstrap: "127.0.0.1:1"}}}}}}
groups: {{entrances: {{priority: safety}}}}
rules: {{person-at-door: {{groups: [entrances], labels: [person], deliver: [soc]}}}}
deliveries:
  soc: {{webhook: "{url}", secret: "{{SOC_SECRET}}", allow_private: true}}
  chat: {{webhook: "{url}", template: slack, allow_private: true}}
"""
SECRET = new_secret()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOC_SECRET", SECRET.get_secret_value())


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver(secret=SECRET) as receiver:
        yield receiver


def run(folder: Path, url: str, *arguments: str) -> tuple[int, str]:
    fleet = folder / "fleet.yaml"
    fleet.write_text(FLEET.format(url=url))
    result = CliRunner().invoke(app, ["deliveries", *arguments, "--fleet", str(fleet)])
    if isinstance(result.exception, ConfigurationError):
        raise result.exception
    return result.exit_code, result.stdout


def test_deliveries_are_listed_with_the_rules_that_use_them(tmp_path: Path) -> None:
    code, said = run(tmp_path, "https://soc.example/token", "list")

    assert code == 0
    assert said == "soc: payload, signed, rules: person-at-door\nchat: slack, not signed, rules: none\n"


def test_the_list_as_json_shows_no_url(tmp_path: Path) -> None:
    _, said = run(tmp_path, "https://soc.example/token", "list", "--json")

    assert [it["name"] for it in json.loads(said)] == ["soc", "chat"]
    assert "soc.example" not in said


def test_a_test_alert_is_signed_and_says_what_it_is(tmp_path: Path, receiver: WebhookReceiver) -> None:
    code, said = run(tmp_path, receiver.url, "test", "soc", "--json")

    (request,) = receiver.accepted
    result = json.loads(said)
    assert (code, result["outcome"], result["status"]) == (0, "accepted", 200)
    assert (request.message_id, request.payload["rule"]) == (result["webhook_id"], "ommatid-test")


def test_a_test_alert_that_is_not_taken_says_why(tmp_path: Path) -> None:
    with WebhookReceiver([Answer(404)]) as receiver:
        code, said = run(tmp_path, receiver.url, "test", "soc")

    assert code == 1
    assert "soc: not accepted: http://127.0.0.1" in said
    assert "answered 404" in said


def test_a_delivery_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"expected one of \['chat', 'soc'\], found 'gone'"):
        run(tmp_path, "https://soc.example/", "test", "gone")
