"""When to raise an alert. Keys as in Frigate where it has them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ommatid_schemas.events import AlertType, Severity, Tampering
from ommatid_schemas.fleet_file.answers import WantedAnswer
from ommatid_schemas.fleet_file.detectors import FieldName
from ommatid_schemas.fleet_file.names import Name
from ommatid_schemas.fleet_file.schedule import Schedule
from ommatid_schemas.fleet_file.values import Confirm, Polygon, Polyline, Seconds, Share


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Zone(_Part):
    """A named polygon; a box is in it when its bottom centre is."""

    coordinates: Polygon
    inertia: int = Field(
        default=1,
        ge=1,
        le=64,
        description="frames in a row that an object must show inside to be in, outside to be out",
    )
    loitering_time: Seconds = Field(default=0.0, description="how long an object must be in the zone before it counts")


class Line(_Part):
    """A named line of two or more points, with a direction: from the first point to the last."""

    coordinates: Polyline
    band: Share = Field(
        default=0.02,
        gt=0,
        le=0.5,
        description="nearer than this an object is on neither side; distance as share of the picture",
    )


class Crossing(_Part):
    """Lines and the way across them; written as ``{lines: [threshold], direction: to_right}``."""

    lines: tuple[Name, ...] = Field(min_length=1, description="lines of the cameras; a camera without any is left out")
    direction: Literal["to_left", "to_right", "both"] = Field(
        default="both", description="to which side, for one who walks along the line from its first point to its last"
    )


class Count(_Part):
    """How many objects at once are worth an alert; written as ``{more_than: 5, for: 2m}``."""

    more_than: int | None = Field(default=None, ge=0, le=10_000, description="more objects than this")
    fewer_than: int | None = Field(
        default=None, ge=1, le=10_000, description="fewer objects than this; 1 is absence: a post that must be occupied"
    )
    duration: Seconds = Field(default=0.0, le=86_400, alias="for", description="how long it must have been so")

    @model_validator(mode="after")
    def _one_bound(self) -> "Count":
        if (self.more_than is None) == (self.fewer_than is None):
            raise ValueError("expected one of more_than and fewer_than")
        return self


class CameraTrouble(_Part):
    """What is worth an alert about a camera itself; written as ``{silent: 60s, offline: 30s, tampered: [black]}``."""

    silent: Seconds | None = Field(
        default=None, ge=30, le=86_400, description="its agent has not reported it for so long; reports come each 10 s"
    )
    offline: Seconds | None = Field(
        default=None, le=86_400, description="its agent has reported for so long that it gives no pictures"
    )
    tampered: tuple[Tampering, ...] = Field(
        default=(), description="its picture is black, frozen, blurred, or shows another view (moved)"
    )

    @model_validator(mode="after")
    def _watches_something(self) -> "CameraTrouble":
        if self.silent is None and self.offline is None and not self.tampered:
            raise ValueError("expected at least one of silent, offline and tampered")
        return self


_OF_CAMERA_RULES = frozenset({"camera", "groups", "schedule", "cooldown", "severity", "report", "deliver"})


class Rule(_Part):
    """When to raise an alert: an object, once. What has raised one raises no second, however long it stays."""

    groups: tuple[Name, ...] = Field(min_length=1, description="groups whose cameras it watches")
    camera: CameraTrouble | None = Field(
        default=None,
        description="watch the cameras themselves; keys about objects do not go with it",
    )
    labels: tuple[str, ...] = Field(
        default=(), description="classes of the detector that count; required, unless the rule reads answers"
    )
    zones: tuple[Name, ...] = Field(default=(), description="zones that count; none: the whole picture")
    min_score: float = Field(default=0.45, ge=0, le=1, description="score from which a box counts in its frame")
    threshold: float = Field(
        default=0.0, ge=0, le=1, description="median score of an object's last ten boxes from which it counts"
    )
    min_area: Share = Field(default=0.0, description="smaller boxes do not count, share of the picture")
    max_area: Share = Field(default=1.0, description="larger boxes do not count, share of the picture")
    loitering_time: Seconds = Field(
        default=0.0, description="how long an object must be in a zone, or in the picture, before it counts"
    )
    count: Count | None = Field(
        default=None, description="how many objects at once raise one alert; none: every object raises its own"
    )
    crossing: Crossing | None = Field(
        default=None, description="objects count when they cross a line, and only then; none: where they are counts"
    )
    answers: dict[FieldName, WantedAnswer] = Field(
        default_factory=dict, description="what the vision model has to answer about a frame, by field; all of it"
    )
    confirm: Confirm | None = Field(
        default=None, description="frames that must show it, of how many in a row; none: 2 of 3"
    )
    schedule: Schedule | None = Field(default=None, description="when the rule is armed; none: always")
    cooldown: Seconds = Field(default=60.0, description="how long the alert's zones stay quiet on its camera")
    max_per_hour: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="alerts of one camera in any hour; one more tells of the limit, the rest is held back",
    )
    severity: Severity = Severity.MEDIUM
    report: tuple[AlertType, ...] = Field(
        default=(AlertType.NEW,), description="messages in the life of an alert: new, update, end"
    )
    deliver: tuple[Name, ...] = Field(default=(), description="deliveries that take its alerts")

    @model_validator(mode="after")
    def _watches_objects_or_cameras(self) -> "Rule":
        if self.camera is None and not self.labels and (self.zones or not self.answers):
            raise ValueError(
                "labels: expected at least one class, or camera in its place, or answers in a rule without zones"
            )
        strange = sorted(self.model_fields_set - _OF_CAMERA_RULES) if self.camera else []
        if strange:
            raise ValueError(f"camera: expected no key about objects beside it, found {', '.join(strange)}")
        return self

    @model_validator(mode="after")
    def _can_fire(self) -> "Rule":
        if self.min_area > self.max_area:
            raise ValueError(f"min_area {self.min_area:g} is above max_area {self.max_area:g}: no box can count")
        if AlertType.NEW not in self.report:
            raise ValueError("report: expected new among the messages; without it nobody hears of the alert")
        kinds = [name for name in ("count", "crossing", "answers") if getattr(self, name)]
        if len(kinds) > 1:
            raise ValueError(f"expected one of {' and '.join(kinds)}: each of them says when the rule fires")
        return self

    @model_validator(mode="after")
    def _crossing_stands_alone(self) -> "Rule":
        beside = {
            "confirm": self.confirm,
            "loitering_time": self.loitering_time,
            "zones": self.zones,
        }
        found = [name for name, value in beside.items() if value]
        if self.crossing and found:
            raise ValueError(
                f"crossing: expected no {', '.join(found)} beside it: it happens from one frame to the next, and the "
                "line's band makes it sure"
            )
        if self.crossing and self.report != (AlertType.NEW,):
            raise ValueError("report: expected new alone beside crossing: it is over when it is seen")
        return self
