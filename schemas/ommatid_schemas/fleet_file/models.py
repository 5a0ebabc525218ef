"""What ``fleet.yaml`` may say. Frozen, strict about unknown keys, checked once at the border."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from ommatid_schemas.fleet_file.answers import misfit_answers
from ommatid_schemas.fleet_file.budget import Budget
from ommatid_schemas.fleet_file.deliveries import Delivery
from ommatid_schemas.fleet_file.detectors import FleetDetector, dangling_detectors
from ommatid_schemas.fleet_file.names import CameraId, Name
from ommatid_schemas.fleet_file.operations import Operations
from ommatid_schemas.fleet_file.picture_redaction import Redaction
from ommatid_schemas.fleet_file.rules import Line, Rule, Zone
from ommatid_schemas.fleet_file.snapshots import Snapshots
from ommatid_schemas.fleet_file.values import PerSecond, PerSecondOrEvery, Polygon, Seconds, Secret, Share
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import SamplingPolicy


class _Part(BaseModel):
    # Pydantic puts the rejected input into its messages, and an input can hold a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class KafkaConnection(_Part):
    """How to reach a region's brokers."""

    bootstrap: str = Field(min_length=1, description="host:port, several separated by commas")
    security: Literal["plaintext"] = "plaintext"


class Region(_Part):
    """A place with its own brokers."""

    kafka: KafkaConnection


class Sampling(_Part):
    """How often a group's cameras are looked at; see the sampling reference."""

    baseline: Seconds = Field(default=30.0, gt=0, description="one frame at least this often")
    motion: PerSecond = Field(default=2.0, description="frames per second while the scene changes")
    event: Seconds = Field(default=30.0, gt=0, description="how long a detection keeps the event layer open")
    event_rate: PerSecondOrEvery = Field(
        default=5.0, description="frames per second while the event layer is open, or `every` for every frame"
    )
    event_min_score: float = Field(default=0.45, ge=0, le=1, description="score from which a detection is an event")
    look_back: Seconds = Field(
        default=0.0,
        ge=0,
        le=30,
        description="on a trigger, publish what is still buffered from this long ago; 0 is off",
    )
    shadow: Share = Field(default=0.005, description="share of the other frames that bypass the gate")

    @property
    def policy(self) -> SamplingPolicy:
        """The policy that edge and detect job share."""
        return SamplingPolicy(
            baseline_interval_us=round(self.baseline * 1e6),
            motion_interval_us=round(1e6 / self.motion),
            event_window_us=round(self.event * 1e6),
            event_interval_us=0 if self.event_rate is None else round(1e6 / self.event_rate),
            event_min_score=self.event_min_score,
            shadow_share=self.shadow,
        )


class Motion(_Part):
    """The gate's sensitivity; names as in Frigate's ``motion``, the threshold's default lower."""

    threshold: int = Field(
        default=15,
        ge=1,
        le=255,
        description="luma difference from which a pixel has changed; the gate raises it where a pixel is restless",
    )
    contour_area: int = Field(default=10, ge=1, description="changed pixels from which a camera is moving, at 100 px")
    lightning_threshold: Share = Field(default=0.8, description="share of changed pixels from which the scene changed")


class Decode(_Part):
    """How much of a group's streams is decoded while nothing moves."""

    gear: Literal["auto", "full"] = Field(
        default="auto", description="auto: key frames until something moves; full: every frame, always"
    )
    max_blind: Seconds = Field(
        default=2.0,
        gt=0,
        le=60,
        description="key frames further apart than this are not enough: every frame is decoded",
    )
    quiet: Seconds = Field(default=5.0, gt=0, le=600, description="time without motion after which key frames suffice")
    buffer_bytes: int = Field(
        default=4 * 1024 * 1024, ge=64 * 1024, description="packets kept per camera since the last key frame"
    )


class Publish(_Part):
    """Size and quality of published frames."""

    max_width: int = Field(default=640, ge=64, le=7680, description="wider frames are scaled down, pixels")
    quality: int = Field(default=80, ge=1, le=100, description="JPEG quality")


class Group(_Part):
    """Cameras that share priority, sampling and a frames topic."""

    priority: Priority
    sampling: Sampling = Sampling()
    motion: Motion = Motion()
    decode: Decode = Decode()
    publish: Publish = Publish()
    retention: Seconds = Field(default=6 * 3600.0, gt=0, description="how long frames can be read back")
    partitions: int = Field(default=4, ge=1, le=1000, description="partitions of the frames topic")
    detector: str = Field(
        default="nanodet-416",
        min_length=1,
        description="a packaged model, `null-416` or `null-0` (see nothing, decoded or not; for load tests), or a name "
        "under `detectors`",
    )
    budget: Budget = Budget()
    redact: Redaction = Field(
        default=Redaction.NONE,
        description="`faces` or `persons`: made unrecognisable on every picture of an alert; needs a detector that "
        "sees persons",
    )


class CameraMotion(_Part):
    """What the gate is told of one camera."""

    mask: tuple[Polygon, ...] = Field(
        default=(), description="parts of the picture whose motion does not count; they are still published"
    )


class Camera(_Part):
    """One camera."""

    url: Secret
    substream: Secret | None = Field(default=None, description="a smaller stream of the camera, watched instead of url")
    tls_verify: bool = Field(default=True, description="whether the certificate of an rtsps camera is checked")
    site: Name | None = Field(default=None, description="place behind one uplink; connecting is limited per site")
    region: Name
    group: Name
    enabled: bool = True
    friendly_name: str | None = None
    privacy_masks: tuple[Polygon, ...] = ()
    motion: CameraMotion = CameraMotion()
    redact: Redaction | None = Field(
        default=None, description="`none`, `faces` or `persons` instead of what the group says"
    )
    zones: dict[Name, Zone] = Field(default_factory=dict)
    lines: dict[Name, Line] = Field(default_factory=dict)


class Fleet(_Part):
    """The whole file."""

    version: Literal[1]
    transport: Literal["kafka"] = "kafka"
    regions: dict[Name, Region] = Field(min_length=1)
    groups: dict[Name, Group] = Field(min_length=1)
    detectors: dict[Name, FleetDetector] = Field(default_factory=dict)
    cameras: dict[CameraId, Camera] = Field(default_factory=dict)
    rules: dict[Name, Rule] = Field(default_factory=dict)
    deliveries: dict[Name, Delivery] = Field(default_factory=dict)
    snapshots: Snapshots = Snapshots()
    operations: Operations = Operations()

    @model_validator(mode="after")
    def _names_exist(self) -> "Fleet":
        faults = list(self._dangling())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def redaction_of(self, camera_id: str) -> Redaction:
        """What is hidden on a camera's pictures; of one that is not here, the most that is hidden anywhere."""
        camera = self.cameras.get(camera_id)
        if camera is not None:
            return self.groups[camera.group].redact if camera.redact is None else camera.redact
        said = {*(group.redact for group in self.groups.values()), *(it.redact for it in self.cameras.values())}
        return next(it for it in reversed(Redaction) if it in {*said, Redaction.NONE})

    def _dangling(self) -> Iterator[str]:
        for name, camera in self.cameras.items():
            yield from _unknown(f"cameras.{name}.region", [camera.region], self.regions)
            yield from _unknown(f"cameras.{name}.group", [camera.group], self.groups)
        for name, rule in self.rules.items():
            yield from _unknown(f"rules.{name}.groups", rule.groups, self.groups)
            yield from _unknown(f"rules.{name}.deliver", rule.deliver, self.deliveries)
            yield from _unknown(f"rules.{name}.zones", rule.zones, self._zones_of(rule))
            lines = rule.crossing.lines if rule.crossing else ()
            yield from _unknown(f"rules.{name}.crossing.lines", lines, self._lines_of(rule))
            for detector in sorted({self.groups[group].detector for group in rule.groups if group in self.groups}):
                yield from misfit_answers(f"rules.{name}.answers", rule.answers, detector, self.detectors)
        yield from _unknown("operations.deliver", self.operations.deliver, self.deliveries)
        yield from dangling_detectors(self.detectors)

    def _zones_of(self, rule: Rule) -> set[str]:
        return {zone for camera in self.cameras.values() if camera.group in rule.groups for zone in camera.zones}

    def _lines_of(self, rule: Rule) -> set[str]:
        return {line for camera in self.cameras.values() if camera.group in rule.groups for line in camera.lines}


def _unknown(path: str, names: tuple[str, ...] | list[str], known: dict[str, Any] | set[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            yield f"{path}: expected one of {sorted(known) or 'none defined'}, found {name!r}"
