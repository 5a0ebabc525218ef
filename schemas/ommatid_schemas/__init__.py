"""The contract of Ommatid: events, codec, topic names, sampling policy; the fleet file is in ``fleet_file``."""

from ommatid_schemas.codec import Codec, ConfluentCodec, SingleObjectCodec
from ommatid_schemas.dead_letter import DeadLetter
from ommatid_schemas.errors import ConfigurationError, DecodeError, OmmatidError
from ommatid_schemas.events import (
    Alert,
    AlertType,
    Box,
    CameraState,
    CameraStatus,
    Clock,
    Event,
    Evidence,
    FrameEvent,
    FrameRef,
    FrameResult,
    Reason,
    Severity,
    Tampering,
    Trigger,
    frame_id,
)
from ommatid_schemas.priority import Priority

__all__ = [
    "Alert",
    "AlertType",
    "Box",
    "CameraState",
    "CameraStatus",
    "Clock",
    "Codec",
    "ConfigurationError",
    "ConfluentCodec",
    "DeadLetter",
    "DecodeError",
    "Event",
    "Evidence",
    "FrameEvent",
    "FrameRef",
    "FrameResult",
    "OmmatidError",
    "Priority",
    "Reason",
    "Severity",
    "SingleObjectCodec",
    "Tampering",
    "Trigger",
    "frame_id",
]
