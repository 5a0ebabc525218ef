"""How Home Assistant finds cameras and rules by itself: retained configuration messages. Pure.

Form: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery, and the pages of its MQTT binary sensor
and event.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from ommatid_connectors.mqtt.message import MqttMessage
from ommatid_jobs.delivery.mqtt_topics import MqttTopics
from ommatid_schemas.events import AlertType
from ommatid_schemas.fleet_file import Camera, Fleet, Rule

_PULSE_S = 30


def discovery_messages(fleet: Fleet, delivery: str, topics: MqttTopics, prefix: str) -> tuple[MqttMessage, ...]:
    """Two entities for each camera and rule whose alerts a delivery takes: a binary sensor and an event.

    Args:
        fleet: Cameras and rules.
        delivery: Name of the delivery.
        topics: Where alerts go, and of which region.
        prefix: First levels of the discovery topics, ``homeassistant`` where nobody changed it.
    """
    return tuple(
        message for watch in _watches(fleet, delivery, topics.region) for message in _entities(watch, topics, prefix)
    )


def reports_end(rule: Rule) -> bool:
    """Whether receivers learn that an alert of the rule is over, so that it has a state."""
    return AlertType.END in rule.report


@dataclass(frozen=True, slots=True)
class _Watch:
    """A camera and a rule that watches it."""

    camera_id: str
    camera: Camera
    name: str
    rule: Rule


def _watches(fleet: Fleet, delivery: str, region: str) -> Iterator[_Watch]:
    for camera_id, camera in fleet.cameras.items():
        for name, rule in fleet.rules.items():
            watched = camera.enabled and camera.region == region and camera.group in rule.groups
            if watched and delivery in rule.deliver:
                yield _Watch(camera_id, camera, name, rule)


def _entities(watch: _Watch, topics: MqttTopics, prefix: str) -> Iterator[MqttMessage]:
    camera_id, camera, name, rule = watch.camera_id, watch.camera, watch.name, watch.rule
    sensor = _sensor_of_state(camera_id, name, topics) if reports_end(rule) else _pulse(camera_id, name, rule, topics)
    event: dict[str, JsonValue] = {
        "state_topic": topics.alert(camera_id, name),
        "event_types": [kind.value for kind in rule.report],
    }
    parts: tuple[tuple[str, str, dict[str, JsonValue]], ...] = (
        ("binary_sensor", name, sensor),
        ("event", f"{name} alerts", event),
    )
    for component, shown, own in parts:
        common = _common(camera_id, camera, topics) | {
            "name": shown,
            "unique_id": f"ommatid/{topics.region}/{camera_id}/{name}/{component}",
        }
        topic = f"{prefix}/{component}/ommatid_{topics.region}_{_level(camera_id)}/{name}/config"
        yield MqttMessage(topic, json.dumps(common | own, ensure_ascii=False).encode(), retain=True)


def _sensor_of_state(camera_id: str, name: str, topics: MqttTopics) -> dict[str, JsonValue]:
    return {"state_topic": topics.state(camera_id, name)}


def _pulse(camera_id: str, name: str, rule: Rule, topics: MqttTopics) -> dict[str, JsonValue]:
    """A sensor that goes on with each alert and off by itself: nobody says when the alert is over."""
    off_delay_s = max(_PULSE_S, round(rule.cooldown))
    return {"state_topic": topics.alert(camera_id, name), "value_template": "ON", "off_delay": off_delay_s}


def _common(camera_id: str, camera: Camera, topics: MqttTopics) -> dict[str, JsonValue]:
    return {
        "qos": 1,
        "availability_topic": topics.available,
        "origin": {"name": "Ommatid"},
        "device": {
            "identifiers": [f"ommatid/{topics.region}/{camera_id}"],
            "name": camera.friendly_name or camera_id,
            "manufacturer": "Ommatid",
            "model": "camera",
        },
    }


def _level(camera_id: str) -> str:
    """The camera as part of a discovery topic, in which a dot may not stand; different cameras stay different."""
    return camera_id.replace("_", "__").replace(".", "_d")
