"""Alerts about Ommatid itself: the part ``operations`` of the fleet file."""

from pydantic import BaseModel, ConfigDict, Field

from ommatid_schemas.fleet_file.names import Name
from ommatid_schemas.fleet_file.values import Seconds, Share


class Operations(BaseModel):
    """Who learns of it when deliveries are late."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    deliver: tuple[Name, ...] = Field(default=(), description="deliveries that operational alerts go to; none: nothing")
    late_share: Share = Field(
        default=0.1,
        gt=0,
        description="share of a priority's deliveries in a window, later than 5 s, 15 s or 60 s after capture, from "
        "which one is raised; below half of it, it ends",
    )
    late_window: Seconds = Field(default=600.0, ge=60, le=86_400, description="length of the window")
