"""What a group of cameras may cost at most."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ommatid_schemas.fleet_file.values import PerSecond

_SPENDING = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(h|d)")
_HOURS = {"h": 1.0, "d": 24.0}


def _per_hour(value: object) -> object:
    if isinstance(value, str):
        match = _SPENDING.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected money per time such as 2.50/h or 60/d")
        return float(match[1]) / _HOURS[match[2]]
    return value


MoneyPerHour = Annotated[float, BeforeValidator(_per_hour), Field(gt=0)]


class Budget(BaseModel):
    """What all cameras of a group together may cost; when it runs short, the least valuable frames go first."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    frames: PerSecond | None = Field(default=None, description="frames per second that reach the model")
    money: MoneyPerHour | None = Field(
        default=None, description="money spent on the model in any 60 minutes; needs a price"
    )
    frame_price: float = Field(default=0.0, ge=0, description="money for one frame, in the currency of `money`")
    call_price: float = Field(
        default=0.0, ge=0, description="money for one call of the model; each frame is charged as if alone in its call"
    )

    @model_validator(mode="after")
    def _money_has_a_price(self) -> "Budget":
        if self.money is not None and self.price <= 0:
            raise ValueError("money: expected `frame_price` or `call_price` beside it, or it could never be used up")
        if self.money is not None and self.money < 2 * self.price:
            raise ValueError(
                f"money: expected at least twice a frame's price, {2 * self.price:g} per hour, found {self.money:g}"
            )
        return self

    @property
    def price(self) -> float:
        """Money that one frame is charged."""
        return self.frame_price + self.call_price
