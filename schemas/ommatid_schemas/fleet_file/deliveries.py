"""Where alerts go: the part ``deliveries`` of the fleet file."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ommatid_schemas.fleet_file.values import Secret


class _Part(BaseModel):
    # Pydantic puts the rejected input into its messages, and an input can hold a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Delivery(_Part):
    """Where alerts go."""

    webhook: Secret = Field(description="URL that alerts are posted to")
    secret: Secret | None = Field(
        default=None, description="signs the messages: whsec_ and Base64, as Standard Webhooks has it"
    )
    previous_secrets: tuple[Secret, ...] = Field(
        default=(), description="still sign beside `secret`, until every receiver has changed to it"
    )
    template: str | None = Field(
        default=None,
        min_length=1,
        description="`slack`, `teams`, `pagerduty`, or the text of a Jinja template that gives JSON; none: the payload",
    )
    values: dict[str, Secret] = Field(
        default_factory=dict, description="what the template sees as `values`, such as `routing_key` for `pagerduty`"
    )
    allow_private: bool = Field(
        default=False, description="whether the target may be on a loopback, private or link-local address"
    )

    @model_validator(mode="after")
    def _a_previous_secret_has_a_successor(self) -> "Delivery":
        if self.previous_secrets and self.secret is None:
            raise ValueError("previous_secrets: expected `secret`, the current one, beside them")
        return self
