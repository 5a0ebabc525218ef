"""The fleet file: models, loading, and the topics that follow from it."""

from ommatid_schemas.fleet_file.answers import WantedAnswer
from ommatid_schemas.fleet_file.budget import Budget
from ommatid_schemas.fleet_file.deliveries import Delivery, Mqtt
from ommatid_schemas.fleet_file.detectors import (
    AnswerField,
    Cascade,
    CascadeFilter,
    FleetDetector,
    OnnxModel,
    Prices,
    VisionLlm,
)
from ommatid_schemas.fleet_file.loading import load_fleet, parse_fleet
from ommatid_schemas.fleet_file.models import (
    Camera,
    CameraMotion,
    Decode,
    Fleet,
    Group,
    KafkaConnection,
    Motion,
    Publish,
    Region,
    Sampling,
)
from ommatid_schemas.fleet_file.operations import Operations
from ommatid_schemas.fleet_file.picture_redaction import Redaction
from ommatid_schemas.fleet_file.rules import CameraTrouble, Count, Crossing, Line, Rule, Zone
from ommatid_schemas.fleet_file.schedule import Schedule
from ommatid_schemas.fleet_file.snapshots import Snapshots
from ommatid_schemas.fleet_file.topic_plan import topic_plan
from ommatid_schemas.fleet_file.values import Confirm, Polygon, Polyline, SecretTemplate

__all__ = [
    "AnswerField",
    "Budget",
    "Camera",
    "CameraMotion",
    "CameraTrouble",
    "Cascade",
    "CascadeFilter",
    "Confirm",
    "Count",
    "Crossing",
    "Decode",
    "Delivery",
    "Fleet",
    "FleetDetector",
    "Group",
    "KafkaConnection",
    "Line",
    "Motion",
    "Mqtt",
    "OnnxModel",
    "Operations",
    "Polygon",
    "Polyline",
    "Prices",
    "Publish",
    "Redaction",
    "Region",
    "Rule",
    "Sampling",
    "Schedule",
    "SecretTemplate",
    "Snapshots",
    "VisionLlm",
    "WantedAnswer",
    "Zone",
    "load_fleet",
    "parse_fleet",
    "topic_plan",
]
