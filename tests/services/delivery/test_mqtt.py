import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ommatid_connectors.delivery_outcome import Accepted, Retriable
from ommatid_connectors.webhook import Timeouts
from ommatid_jobs.delivery.endpoints import Endpoint, endpoints_of
from ommatid_jobs.delivery.payload import Snapshot
from ommatid_schemas import AlertType
from ommatid_schemas.fleet_file import parse_fleet
from tests.sample_events import sample_alert
from tests.services.delivery.mqtt_site import PASSWORD, BrokerPorts, Subscriber, running_broker

AT_US = 1_790_000_000_000_000
SNAPSHOT = Snapshot(error="no picture")
FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "127.0.0.1:1"}}}}}}
groups: {{entrances: {{priority: safety}}}}
cameras: {{lobby-1: {{url: "rtsp://10.0.0.1/", region: {region}, group: entrances}}}}
rules: {{person-at-door: {{groups: [entrances], labels: [person], report: [new, end], deliver: [home]}}}}
deliveries:
  home:
    mqtt: {{url: "{url}", username: ommatid, password: "{{MQTT_PASSWORD}}"{more}}}
    allow_private: true
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerPorts]:
    """One for each test: amqtt 0.12 drops a session when another one subscribes while a third one leaves."""
    with running_broker(tmp_path) as ports:
        yield ports


@pytest.fixture
def region(unique_name: Callable[[str], str]) -> str:
    return unique_name("region")


@pytest.fixture
def subscriber(broker: BrokerPorts, region: str) -> Iterator[Subscriber]:
    subscriber = Subscriber(broker.plain, f"ommatid/{region}/#")
    yield subscriber
    subscriber.close()


def endpoint(url: str, region: str, password: str = PASSWORD, more: str = "") -> Endpoint:
    fleet = parse_fleet(FLEET.format(region=region, url=url, more=more))
    (it,) = endpoints_of(fleet, region, Timeouts(3.0, 3.0), {"MQTT_PASSWORD": password}, 4)["home"]
    return it


@pytest.fixture
def home(broker: BrokerPorts, region: str) -> Iterator[Endpoint]:
    home = endpoint(f"mqtt://127.0.0.1:{broker.plain}", region)
    home.start()
    yield home
    home.close()


def test_an_alert_is_acknowledged_and_reaches_a_subscriber_once_at_qos_1(
    home: Endpoint, subscriber: Subscriber
) -> None:
    assert home.post(sample_alert(AT_US), SNAPSHOT, AT_US) == Accepted()

    seen = subscriber.wait_for("/lobby-1/person-at-door/alert")
    payload = json.loads(seen.payload)
    assert (seen.qos, seen.retained) == (1, False)
    assert (payload["event_type"], payload["alert_id"]) == ("new", "4f1c")


def test_a_rule_that_reports_ends_has_a_state(home: Endpoint, subscriber: Subscriber) -> None:
    home.post(sample_alert(AT_US), SNAPSHOT, AT_US)
    home.post(sample_alert(AT_US, type=AlertType.END, ended_at_us=AT_US), SNAPSHOT, AT_US)

    subscriber.wait_for("/person-at-door/state", b"ON")
    subscriber.wait_for("/person-at-door/state", b"OFF")


def test_cameras_are_retained_for_a_home_assistant_that_comes_later(
    home: Endpoint, subscriber: Subscriber, broker: BrokerPorts, region: str
) -> None:
    subscriber.wait_for("/available", b"online")

    topic = f"homeassistant/binary_sensor/ommatid_{region}_lobby-1/person-at-door/config"
    late = Subscriber(broker.plain, topic)
    try:
        seen = late.wait_for(topic)
    finally:
        late.close()
    assert seen.retained
    assert json.loads(seen.payload)["state_topic"] == f"ommatid/{region}/lobby-1/person-at-door/state"


def test_a_delivery_that_ends_says_so(home: Endpoint, subscriber: Subscriber) -> None:
    subscriber.wait_for("/available", b"online")

    home.close()

    subscriber.wait_for("/available", b"offline")


def test_a_wrong_password_is_tried_again_and_shown_nowhere(broker: BrokerPorts, region: str) -> None:
    stranger = endpoint(f"mqtt://127.0.0.1:{broker.plain}", region, "swordfish")
    try:
        outcome = stranger.post(sample_alert(AT_US), SNAPSHOT, AT_US)
    finally:
        stranger.close()

    assert isinstance(outcome, Retriable)
    assert "swordfish" not in f"{outcome!r} {stranger!r}"


def test_a_broker_that_is_away_is_tried_again(free_port: int, region: str) -> None:
    away = endpoint(f"mqtt://127.0.0.1:{free_port}", region)
    try:
        outcome = away.post(sample_alert(AT_US), SNAPSHOT, AT_US)
    finally:
        away.close()

    assert isinstance(outcome, Retriable)
    assert "ConnectionRefusedError" in outcome.reason


def test_a_certificate_that_is_trusted_carries_alerts(broker: BrokerPorts, region: str) -> None:
    encrypted = endpoint(f"mqtts://127.0.0.1:{broker.tls}", region, more=f', ca_file: "{broker.ca_file}"')
    try:
        assert encrypted.post(sample_alert(AT_US), SNAPSHOT, AT_US) == Accepted()
    finally:
        encrypted.close()


def test_a_certificate_that_nobody_trusts_gets_no_password(broker: BrokerPorts, region: str) -> None:
    doubtful = endpoint(f"mqtts://127.0.0.1:{broker.tls}", region)
    try:
        outcome = doubtful.post(sample_alert(AT_US), SNAPSHOT, AT_US)
    finally:
        doubtful.close()

    assert isinstance(outcome, Retriable)
    assert "SSLCertVerificationError" in outcome.reason
