"""MQTT brokers and delivery processes that go away while alerts pass."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from ommatid_connectors.delivery_outcome import Accepted, Retriable
from ommatid_connectors.kafka import RecordConsumer, StartAt
from ommatid_connectors.mqtt import MqttMessage, MqttPublisher, MqttTarget
from ommatid_schemas import DeadLetter, SingleObjectCodec, topics
from tests.services.connectors.broker_records import read
from tests.services.delivery.mqtt_site import PASSWORD, USER, BrokerPorts, Subscriber, broker_ports, running_broker
from tests.services.delivery.site_under_test import MQTT, Site

COMMAND = [sys.executable, "-c", "from ommatid_jobs.delivery.cli import app; app()", "run"]
FLEET = """
version: 1
regions: {{{region}: {{kafka: {{bootstrap: "{bootstrap}"}}}}}}
groups: {{entrances: {{priority: safety}}}}
deliveries:
"""


@pytest.fixture
def ports(tmp_path: Path) -> BrokerPorts:
    return broker_ports(tmp_path)


@pytest.fixture
def home(site: Site, ports: BrokerPorts) -> Site:
    """The site with a delivery to the broker."""
    return replace(site, mqtt_port=ports.plain)


@dataclass(frozen=True)
class DeliveryProcess:
    """``ommatid deliver run`` in a process of its own; several share group and ledger."""

    site: Site
    name: str

    @contextmanager
    def running(self) -> Generator[subprocess.Popen[bytes]]:
        folder, site = self.site.folder, self.site
        fleet, ready = folder / f"{self.name}.yaml", folder / f"{self.name}.json"
        text = FLEET.format(region=site.region, bootstrap=site.client["bootstrap.servers"])
        fleet.write_text(text + MQTT.format(port=site.mqtt_port))
        options = ["--fleet", fleet, "--region", site.region, "--snapshots", (folder / "snapshots").as_uri()]
        options += ["--ledger", site.ledger_url, "--ready-file", ready]
        environment = {**os.environ, "MQTT_PASSWORD": PASSWORD, "OMMATID_DELIVERY_GROUP": f"group-{site.region}"}
        process = subprocess.Popen([*COMMAND, *map(str, options)], env=environment, stderr=subprocess.DEVNULL)
        try:
            give_up_at = time.monotonic() + 20.0
            while not ready.exists():
                assert time.monotonic() < give_up_at
                time.sleep(0.02)
            yield process
        finally:
            process.kill()
            process.wait()


def publish_alerts(site: Site, numbers: range) -> set[str]:
    """Alerts of eight cameras, whose partitions all instances share."""
    names = {f"alert-{number}" for number in numbers}
    for number in numbers:
        camera_id = f"camera-{number % 8}"
        alert = replace(site.alert(), alert_id=f"alert-{number}", camera_id=camera_id, deliver=("home",))
        site.publish(topics.alerts_topic(site.region), SingleObjectCodec().encode(alert), camera_id.encode())
    return names


def received(subscriber: Subscriber, names: set[str]) -> set[str]:
    """Alerts that came, as soon as these are all there."""
    found = set[str]()
    while not names <= found:
        found.add(json.loads(subscriber.wait_for("/alert").payload)["message_id"])
    return found


def test_a_killed_process_is_offline_by_last_will_and_another_one_takes_its_share(
    home: Site, ports: BrokerPorts, tmp_path: Path
) -> None:
    with running_broker(tmp_path, ports), DeliveryProcess(home, "one").running() as one:
        subscriber = Subscriber(ports.plain, f"ommatid/{home.region}/#", deadline_s=25.0)
        with DeliveryProcess(home, "two").running():
            first = publish_alerts(home, range(16))
            assert received(subscriber, first)
            one.send_signal(signal.SIGKILL)
            subscriber.wait_for("/available", b"offline")
            subscriber.wait_for("/available", b"online")
            second = publish_alerts(home, range(16, 32))
            assert received(subscriber, second), "what the killed one had not noted may come once more"
        subscriber.wait_for("/available", b"offline")
        subscriber.close()


def test_a_broker_that_was_started_again_is_published_to_again(ports: BrokerPorts, tmp_path: Path) -> None:
    login = SecretStr(USER), SecretStr(PASSWORD)
    target = MqttTarget("127.0.0.1", ports.plain, None, *login, allow_private=True, connect_s=1.0, answer_s=1.0)
    publisher, message = MqttPublisher(target), MqttMessage("ommatid/a", b"1", retain=True)
    try:
        with running_broker(tmp_path, ports):
            assert publisher.publish([message]) == Accepted()
        assert isinstance(publisher.publish([message]), Retriable)
        with running_broker(tmp_path, ports):
            give_up_at = time.monotonic() + 20.0
            while publisher.publish([message]) != Accepted():
                assert time.monotonic() < give_up_at
    finally:
        publisher.close()


def test_an_alert_waits_for_a_broker_that_is_away(home: Site, ports: BrokerPorts, tmp_path: Path) -> None:
    home.publish_alert("alert-1", deliver=("home",))
    with home.delivery():
        give_up_at = time.monotonic() + 20.0
        while (entry := home.ledger().get(("alert-1", "home"))) is None or entry.attempts == 0:
            assert time.monotonic() < give_up_at
            time.sleep(0.02)
        with running_broker(tmp_path, ports):
            subscriber = Subscriber(ports.plain, f"ommatid/{home.region}/#", deadline_s=25.0)
            assert received(subscriber, {"alert-1"})
            subscriber.close()


def test_an_alert_for_a_broker_that_stays_away_becomes_a_dead_letter_and_can_be_replayed(
    home: Site, ports: BrokerPorts, tmp_path: Path
) -> None:
    impatient = replace(home, give_up_after_s=0.5)
    impatient.publish_alert("alert-1", deliver=("home",))
    topic = topics.dead_letters_topic(home.region)
    with impatient.delivery(), RecordConsumer.of_all_partitions(home.client, [topic], start=StartAt.EARLIEST) as dead:
        (letter,) = [DeadLetter.from_record(it.key, it.value, it.headers) for it in read(dead, 1)]

    assert (letter.stage, letter.error_class) == ("deliver/home", "Retriable")
    assert "ConnectionRefusedError" in letter.error_text
    with running_broker(tmp_path, ports):
        subscriber = Subscriber(ports.plain, f"ommatid/{home.region}/#", deadline_s=25.0)
        with home.delivery():
            home.publish_alert("alert-1", deliver=("home",), replay=b"0:0@1#1")
            assert received(subscriber, {"alert-1"})
        subscriber.close()
