import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from ommatid_jobs.delivery import Snapshot, alert_payload, check_templates
from ommatid_jobs.delivery.message_template import MessageTemplate, TemplateFault, ready_template, ready_templates
from ommatid_schemas import Alert, AlertType, ConfigurationError
from ommatid_schemas.fleet_file import parse_fleet
from tests.unit.jobs.delivery.sample_alert import ALERT

PICTURE = Snapshot("https://store.example/a.jpg", width_px=640, height_px=360)
FLEET = """
version: 1
regions: {eu-west: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {entrances: {priority: safety}}
deliveries:
  soc:
    webhook: "https://soc.example/hook"
    template: %s
    values: {routing_key: "{KEY}"}
"""


def render(text: str, alert: Alert = ALERT, snapshot: Snapshot = PICTURE) -> Any:
    template = MessageTemplate(text, {"routing_key": SecretStr("R0UT1NG")})
    return json.loads(template.render(alert_payload(alert, snapshot, ALERT.raised_at_us)))


def test_slack_gets_blocks_and_an_escaped_text() -> None:
    message = render(ready_template("slack"), replace(ALERT, label="<b>&"))

    assert message["text"] == "HIGH: &lt;b&gt;&amp; at lobby-1"
    assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "HIGH: <b>& at lobby-1"}
    assert message["blocks"][-1]["image_url"] == PICTURE.url


def test_teams_gets_one_adaptive_card() -> None:
    (attachment,) = render(ready_template("teams"))["attachments"]

    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["type"] == "AdaptiveCard"
    assert attachment["content"]["body"][0]["text"] == "HIGH: person at lobby-1"


def test_pagerduty_opens_and_resolves_one_incident_by_the_alert_id() -> None:
    events = [render(ready_template("pagerduty"), replace(ALERT, type=kind)) for kind in AlertType]

    assert [it["event_action"] for it in events] == ["trigger", "trigger", "resolve"]
    assert {it["dedup_key"] for it in events} == {"4f1c"}
    assert (events[0]["routing_key"], events[0]["payload"]["severity"]) == ("R0UT1NG", "critical")


@pytest.mark.parametrize("name", ready_templates())
def test_a_picture_that_the_service_cannot_fetch_is_left_out(name: str) -> None:
    assert "a.jpg" not in json.dumps(render(ready_template(name), snapshot=Snapshot("file:///a.jpg")))


@pytest.mark.parametrize("name", ready_templates())
def test_ready_templates_pass_the_check(name: str) -> None:
    check_templates(parse_fleet(FLEET % name))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("teamz", r"expected one of \['pagerduty', 'slack', 'teams'\] or the text of a Jinja template, found 'teamz'"),
        ("'{{ camera'", "line 1: unexpected end of template"),
        ("'{{ kamera | tojson }}'", "'kamera' is undefined"),
        ("'{\"camera\": {{ camera }}}'", "expected JSON, found another text at line 1"),
        ('\'{"label": "{{ label }}"}\'', "expected JSON"),
        ("'{{ snapshot_url.upper() | tojson }}'", "has no attribute 'upper'"),
        ("'{{ camera.__class__.__mro__ }}'", "what the sandbox keeps closed"),
        ("'{{ values.other | tojson }}'", "no attribute 'other'"),
    ],
)
def test_a_fault_of_a_template_is_found_before_the_first_alert(text: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^deliveries\.soc\.template: .*{fault}"):
        check_templates(parse_fleet(FLEET % text))


def test_a_fault_does_not_show_a_value() -> None:
    with pytest.raises(TemplateFault, match="cannot be rendered") as raised:
        render("{{ values.routing_key.missing | tojson }}{{ values[values.routing_key] }}")

    assert "R0UT1NG" not in str(raised.value)
