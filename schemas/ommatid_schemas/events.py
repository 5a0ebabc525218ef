"""The events that cross borders, as frozen values.

They mirror the Avro files in ``avro/<event>/<version>.avsc`` field by field; a test holds the two
together. Times are microseconds since the Unix epoch, UTC. Boxes and zones are relative to the
frame, 0..1, origin top left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ommatid_schemas.priority import Priority


class Clock(StrEnum):
    """Where a capture time comes from."""

    RTCP = "RTCP"
    ARRIVAL = "ARRIVAL"


class Reason(StrEnum):
    """Why a frame was chosen, from the least to the most valuable."""

    SHADOW = "SHADOW"
    BASELINE = "BASELINE"
    MOTION = "MOTION"
    SCENE_CHANGE = "SCENE_CHANGE"
    EVENT = "EVENT"


class Severity(StrEnum):
    """How serious an alert is for the people who receive it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AlertType(StrEnum):
    """Where in the life of an alert a message stands."""

    NEW = "new"
    UPDATE = "update"
    END = "end"


class CameraState(StrEnum):
    """State of an agent's connection to one camera."""

    CONNECTING = "CONNECTING"
    STREAMING = "STREAMING"
    STALLED = "STALLED"
    UNAUTHORISED = "UNAUTHORISED"
    BACKING_OFF = "BACKING_OFF"
    DISABLED = "DISABLED"


class Tampering(StrEnum):
    """What is wrong with a camera's picture."""

    BLACK = "black"
    FROZEN = "frozen"
    BLURRED = "blurred"
    MOVED = "moved"


def frame_id(camera_id: str, captured_at_us: int) -> str:
    """Identity of a frame; the same frame has the same id however often work on it is repeated."""
    return f"{camera_id}/{captured_at_us}"


@dataclass(frozen=True, slots=True)
class FrameEvent:
    """One chosen frame, on topic ``omm.frames.REGION.PRIORITY.GROUP``."""

    frame_id: str
    camera_id: str
    region: str
    group: str
    priority: Priority
    captured_at_us: int
    clock: Clock
    published_at_us: int
    agent_id: str
    sequence: int
    reason: Reason
    motion_score: float
    width: int
    height: int
    encoding: str
    image: bytes | None = field(default=None, repr=False)
    image_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One detected object: top-left corner, width and height relative to the frame, 0..1."""

    label: str
    score: float
    x: float
    y: float
    w: float
    h: float

    @property
    def bottom_centre(self) -> tuple[float, float]:
        """Point that decides whether the object stands in a zone."""
        return self.x + self.w / 2, self.y + self.h


@dataclass(frozen=True, slots=True)
class FrameRef:
    """Position of a frame in Kafka; evidence is a position, not a copy."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class FrameResult:
    """What a model saw in one frame, on topic ``omm.detections.REGION``."""

    frame_id: str
    camera_id: str
    region: str
    group: str
    priority: Priority
    captured_at_us: int
    published_at_us: int
    admitted_at_us: int
    inferred_at_us: int
    reason: Reason
    model: str
    model_version: str
    boxes: tuple[Box, ...]
    frame_ref: FrameRef
    batch_size: int
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """Opens the event layer of sampling for one camera, on topic ``omm.triggers.REGION.PRIORITY``."""

    camera_id: str
    until_us: int
    cause_frame_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """One frame that supports an alert, and the boxes that matter in it."""

    frame_id: str
    captured_at_us: int
    frame_ref: FrameRef
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found, on topic ``omm.alerts.REGION``. ``alert_id`` is the same on every replay."""

    alert_id: str
    type: AlertType
    camera_id: str
    region: str
    group: str
    priority: Priority
    rule: str
    kind: str
    severity: Severity
    label: str
    score: float
    zones: tuple[str, ...]
    track_id: str | None
    started_at_us: int
    ended_at_us: int | None
    captured_at_us: int
    raised_at_us: int
    latency_ms: Mapping[str, float]
    late: bool
    deliver: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """State of one camera as its agent sees it, on topic ``omm.status.REGION``.

    ``tampering``: what is wrong with its picture, a :class:`Tampering` each, and since when, microseconds; empty
    before version 2.
    """

    camera_id: str
    agent_id: str
    state: CameraState
    since_us: int
    reported_at_us: int
    reconnects: int
    frames_captured: int
    frames_published: int
    frames_dropped: Mapping[str, int]
    tampering: Mapping[str, int] = field(default_factory=dict[str, int])


Event = FrameEvent | FrameResult | Trigger | Alert | CameraStatus
