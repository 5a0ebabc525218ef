import json

import pytest
from pydantic import SecretStr

from ommatid_connectors.mqtt import MqttTarget
from ommatid_jobs.delivery.home_assistant import discovery_messages
from ommatid_jobs.delivery.mqtt_topics import MqttTopics, OpenAlerts
from ommatid_schemas import AlertType, ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet
from tests.sample_events import sample_alert

AT_US = 1_790_000_000_000_000
HOUR_US = 3600 * 1_000_000
TOPICS = MqttTopics("ommatid", "eu-west")
FLEET = """
version: 1
regions: {{eu-west: {{kafka: {{bootstrap: "127.0.0.1:1"}}}}}}
groups: {{entrances: {{priority: safety}}}}
cameras: {{lobby-1.a: {{url: "rtsp://10.0.0.1/", region: eu-west, group: entrances}}}}
rules:
  door: {{groups: [entrances], labels: [person], report: {report}, deliver: [home]}}
  other: {{groups: [entrances], labels: [car], deliver: []}}
deliveries: {{home: {delivery}}}
"""
BROKER = '{mqtt: {url: "mqtt://broker.example"}}'


def fleet(report: str = "[new]", delivery: str = BROKER) -> Fleet:
    return parse_fleet(FLEET.format(report=report, delivery=delivery))


def test_home_assistant_learns_of_the_rules_that_deliver_to_it_and_of_no_others() -> None:
    messages = discovery_messages(fleet(), "home", TOPICS, "homeassistant")

    assert [it.topic for it in messages] == [
        "homeassistant/binary_sensor/ommatid_eu-west_lobby-1_da/door/config",
        "homeassistant/event/ommatid_eu-west_lobby-1_da/door/config",
    ]
    assert all(it.retain for it in messages)


@pytest.mark.parametrize(
    ("report", "topic", "falls_by_itself"), [("[new]", "alert", True), ("[new, end]", "state", False)]
)
def test_a_sensor_falls_by_itself_only_where_no_end_is_reported(report: str, topic: str, falls_by_itself: bool) -> None:
    sensor, _ = discovery_messages(fleet(report), "home", TOPICS, "homeassistant")

    said = json.loads(sensor.payload)
    assert said["state_topic"] == f"ommatid/eu-west/lobby-1.a/door/{topic}"
    assert ("off_delay" in said) == falls_by_itself


def test_a_state_is_on_until_the_last_open_alert_has_ended() -> None:
    first, second = sample_alert(AT_US, alert_id="a"), sample_alert(AT_US, alert_id="b")
    both = OpenAlerts().after(first).after(second)

    one = both.after(sample_alert(AT_US, alert_id="a", type=AlertType.END))

    assert one.state == b"ON"
    assert one.after(sample_alert(AT_US, alert_id="b", type=AlertType.END)).state == b"OFF"


def test_an_alert_whose_end_never_came_is_forgotten() -> None:
    opened = OpenAlerts().after(sample_alert(AT_US, alert_id="a"))

    later = sample_alert(AT_US + 7 * HOUR_US, alert_id="b", type=AlertType.END)

    assert opened.after(later).state == b"OFF"


def test_tls_has_a_port_of_its_own() -> None:
    target = MqttTarget.of(SecretStr("mqtts://broker.example"))

    assert target.shown == "mqtts://broker.example:8883"


@pytest.mark.parametrize("url", ["http://broker.example", "mqtt://user:swordfish@broker.example", "mqtt://h:99999"])
def test_another_form_of_url_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="expected mqtt://host:1883") as caught:
        MqttTarget.of(SecretStr(url))

    assert "swordfish" not in str(caught.value)


def test_a_broker_on_a_private_address_has_to_be_allowed() -> None:
    with pytest.raises(ConfigurationError, match="allow_private"):
        MqttTarget.of(SecretStr("mqtt://192.168.1.2"))


@pytest.mark.parametrize(
    ("delivery", "fault"),
    [
        ("{}", "expected either `webhook` or `mqtt`"),
        ('{mqtt: {url: "mqtt://h"}, template: slack}', "template: for webhooks only"),
        ('{mqtt: {url: "mqtt://h", password: x}}', "expected `username` beside it"),
        ('{mqtt: {url: "mqtt://h", topic: "a/#"}}', "topic"),
    ],
)
def test_a_delivery_that_cannot_work_is_refused(delivery: str, fault: str) -> None:
    with pytest.raises(ConfigurationError, match=fault):
        fleet(delivery=delivery)
