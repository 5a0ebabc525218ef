"""When to raise an alert. Keys as in Frigate where it has them."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ommatid_schemas.events import AlertType, Severity
from ommatid_schemas.fleet_file.names import Name
from ommatid_schemas.fleet_file.schedule import Schedule
from ommatid_schemas.fleet_file.values import Confirm, Polygon, Seconds, Share


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


class Rule(_Part):
    """When to raise an alert: an object, once. What has raised one raises no second, however long it stays."""

    groups: tuple[Name, ...] = Field(min_length=1, description="groups whose cameras it watches")
    labels: tuple[str, ...] = Field(min_length=1, description="classes of the detector that count")
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
    confirm: Confirm = Field(
        default=Confirm(matches=2, frames=3), description="frames that must show it, of how many in a row"
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
    def _can_fire(self) -> "Rule":
        if self.min_area > self.max_area:
            raise ValueError(f"min_area {self.min_area:g} is above max_area {self.max_area:g}: no box can count")
        if AlertType.NEW not in self.report:
            raise ValueError("report: expected new among the messages; without it nobody hears of the alert")
        return self
