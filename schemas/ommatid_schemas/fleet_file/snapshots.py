"""Pictures of alerts: the part ``snapshots`` of the fleet file."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ommatid_schemas.fleet_file.values import Seconds

_DAY_S = 86_400


class Snapshots(BaseModel):
    """Pictures of alerts: how long they are kept, and who deletes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    clips: bool = Field(
        default=False,
        description="whether alerts with several evidence frames get a short animated WebP of them beside the picture",
    )
    retention: Seconds | None = Field(
        default=None,
        ge=_DAY_S,
        description="how long pictures are kept, a day at least; they go with the day (UTC) on which they were taken; "
        "none: for ever",
    )
    delete_by: Literal["delivery", "lifecycle"] = Field(
        default="delivery",
        description="`delivery`: the delivery process deletes; `lifecycle`: a rule of the S3 bucket does, see "
        "`ommatid deliveries lifecycle`",
    )

    @property
    def retention_days(self) -> int | None:
        """Whole days for a rule of a bucket, which knows no shorter time; None: for ever."""
        return None if self.retention is None else math.ceil(self.retention / _DAY_S)
