"""Publishing to an MQTT broker, with presence by last will."""

from ommatid_connectors.mqtt.message import MqttMessage, Presence
from ommatid_connectors.mqtt.publisher import MqttPublisher
from ommatid_connectors.mqtt.target import MqttTarget

__all__ = ["MqttMessage", "MqttPublisher", "MqttTarget", "Presence"]
