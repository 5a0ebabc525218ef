"""The fleet file: models, loading, and the topics that follow from it."""

from ommatid_schemas.fleet_file.loading import load_fleet, parse_fleet
from ommatid_schemas.fleet_file.models import (
    Camera,
    CameraMotion,
    Decode,
    Delivery,
    Fleet,
    Group,
    KafkaConnection,
    Motion,
    Publish,
    Region,
    Rule,
    Sampling,
    Zone,
)
from ommatid_schemas.fleet_file.topic_plan import topic_plan
from ommatid_schemas.fleet_file.values import Confirm, Polygon, SecretTemplate

__all__ = [
    "Camera",
    "CameraMotion",
    "Confirm",
    "Decode",
    "Delivery",
    "Fleet",
    "Group",
    "KafkaConnection",
    "Motion",
    "Polygon",
    "Publish",
    "Region",
    "Rule",
    "Sampling",
    "SecretTemplate",
    "Zone",
    "load_fleet",
    "parse_fleet",
    "topic_plan",
]
