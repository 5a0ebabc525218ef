"""Values with units as people write them in ``fleet.yaml``: ``30s``, ``2/s``, ``0.5%``, ``2 of 3``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    SecretStr,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.redaction import redact

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|m|h)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_CONFIRM = re.compile(r"(\d+)\s+of\s+(\d+)")
_URL_USERINFO = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s]*@")
_PLACEHOLDER = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


def _duration_s(value: object) -> object:
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected a duration such as 500ms, 30s, 5m, 6h or 2d")
        return float(match[1]) * _SECONDS[match[2]]
    return value


def _per_s(value: object) -> object:
    if isinstance(value, str):
        match = _RATE.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected a rate such as 2/s or 10/m")
        return float(match[1]) / _SECONDS[match[2]]
    return value


def _unless_every(value: object) -> object:
    return None if value == "every" else value


def _share(value: object) -> object:
    if isinstance(value, str):
        match = _SHARE.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected a share such as 0.5%")
        return float(match[1]) / 100
    return value


Seconds = Annotated[float, BeforeValidator(_duration_s), Field(ge=0)]
PerSecond = Annotated[float, BeforeValidator(_per_s), Field(gt=0)]
PerSecondOrEvery = Annotated[PerSecond | None, BeforeValidator(_unless_every)]
"""A rate, or ``every`` frame: None."""
Share = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1)]


class Confirm(BaseModel):
    """``N of M``: a rule fires when N of a camera's last M frames match. Written as text."""

    model_config = ConfigDict(frozen=True)

    matches: int = Field(ge=1)
    frames: int = Field(le=64)

    def __str__(self) -> str:
        """As it is written in the fleet file."""
        return f"{self.matches} of {self.frames}"

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        match = _CONFIRM.fullmatch(value.strip())
        if match is None:
            raise ValueError("expected N of M, such as 2 of 3")
        return {"matches": int(match[1]), "frames": int(match[2])}

    @model_validator(mode="after")
    def _at_most_all(self) -> "Confirm":
        if self.matches > self.frames:
            raise ValueError(f"{self.matches} of {self.frames} can never match: N must be at most M")
        return self


def _pairs(value: object) -> object:
    """Accept ``"x1,y1,x2,y2"`` beside a flat list."""
    if isinstance(value, str):
        return value.split(",")
    return value


def _whole_points(value: tuple[float, ...]) -> tuple[float, ...]:
    if len(value) % 2:
        raise ValueError("expected points as x1, y1, x2, y2, ...; one number is missing")
    return value


Relative = Annotated[float, Field(ge=0, le=1)]
Polyline = Annotated[tuple[Relative, ...], BeforeValidator(_pairs), AfterValidator(_whole_points), Field(min_length=4)]
"""Points as x1, y1, x2, y2, ... relative to the frame, 0..1, origin top left; it stays open."""
Polygon = Annotated[tuple[Relative, ...], BeforeValidator(_pairs), AfterValidator(_whole_points), Field(min_length=6)]
"""Corners as x1, y1, x2, y2, ... relative to the frame, 0..1, origin top left; closed by itself."""


@dataclass(frozen=True, slots=True, repr=False)
class SecretTemplate:
    """Text of the fleet file whose ``{NAME}`` parts come from the environment.

    Neither ``repr`` nor ``str`` shows credentials that somebody wrote into the file in clear.
    """

    _text: str

    def __repr__(self) -> str:
        """Show the template, without the user and password of a URL; anything else is hidden whole."""
        shown = redact(self._text) if "://" in self._text else "***"
        return f"SecretTemplate({shown!r})"

    def resolve(self, environment: Mapping[str, str], path: str) -> SecretStr:
        """Fill the placeholders; what lands in the user information of a URL is percent-encoded (RFC 3986, 3.2.1).

        So a variable holds the password as it is, whatever characters it has.

        Args:
            environment: Variables to take the secrets from.
            path: Place in the fleet file, for the error.

        Raises:
            ConfigurationError: A variable that the text names is not set.
        """
        missing = sorted({name for name in _PLACEHOLDER.findall(self._text) if name not in environment})
        if missing:
            raise ConfigurationError(
                f"{path}: expected the environment variable(s) {', '.join(missing)}, found none; "
                "set them for this process"
            )
        userinfo = _URL_USERINFO.match(self._text)
        split = userinfo.end() if userinfo else 0
        encoded = _PLACEHOLDER.sub(lambda match: quote(environment[match[1]], safe=""), self._text[:split])
        return SecretStr(encoded + _PLACEHOLDER.sub(lambda match: environment[match[1]], self._text[split:]))


class _SecretTemplateField:
    """Teaches pydantic to read a SecretTemplate from text and never to show it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        del source, handler
        from_text = core_schema.no_info_after_validator_function(SecretTemplate, core_schema.str_schema(min_length=1))
        return core_schema.union_schema([core_schema.is_instance_schema(SecretTemplate), from_text])


Secret = Annotated[SecretTemplate, _SecretTemplateField]
