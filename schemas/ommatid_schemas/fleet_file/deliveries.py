"""Where alerts go: the part ``deliveries`` of the fleet file."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ommatid_schemas.fleet_file.values import Secret

TopicPrefix = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$", max_length=128)]
"""First levels of an MQTT topic, without wildcards."""


class _Part(BaseModel):
    # Pydantic puts the rejected input into its messages, and an input can hold a password.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Mqtt(_Part):
    """An MQTT broker that alerts are published to."""

    url: Secret = Field(description="`mqtt://host:1883`, or `mqtts://host:8883` for TLS")
    username: Secret | None = Field(default=None, description="user name, where the broker asks for one")
    password: Secret | None = Field(default=None, description="password, where the broker asks for one")
    ca_file: str | None = Field(
        default=None, min_length=1, description="file with certificates to trust instead of the system's, PEM"
    )
    topic: TopicPrefix = Field(default="ommatid", description="first levels of all topics")
    discovery: TopicPrefix | None = Field(
        default="homeassistant", description="prefix of Home Assistant's discovery; null: no discovery"
    )

    @model_validator(mode="after")
    def _a_password_has_a_user(self) -> "Mqtt":
        if self.password is not None and self.username is None:
            raise ValueError("password: expected `username` beside it")
        return self


class Delivery(_Part):
    """Where alerts go: a webhook or an MQTT broker."""

    webhook: Secret | None = Field(default=None, description="URL that alerts are posted to")
    mqtt: Mqtt | None = Field(default=None, description="broker that alerts are published to, instead of a webhook")
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
    def _goes_to_one_place(self) -> "Delivery":
        if (self.webhook is None) == (self.mqtt is None):
            raise ValueError("expected either `webhook` or `mqtt`")
        foreign = [name for name in ("secret", "previous_secrets", "template", "values") if getattr(self, name)]
        if self.mqtt is not None and foreign:
            raise ValueError(f"{', '.join(foreign)}: for webhooks only; mqtt publishes the payload as it is")
        return self

    @model_validator(mode="after")
    def _a_previous_secret_has_a_successor(self) -> "Delivery":
        if self.previous_secrets and self.secret is None:
            raise ValueError("previous_secrets: expected `secret`, the current one, beside them")
        return self
