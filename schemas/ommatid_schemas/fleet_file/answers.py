"""What a rule wants to read in the answers of a vision language model."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from ommatid_schemas.fleet_file.detectors import AnswerField, Cascade, FleetDetector, VisionLlm

AnswerValue: TypeAlias = StrictBool | StrictInt | StrictFloat | StrictStr
"""What a field of an answer can be."""


class WantedAnswer(BaseModel):
    """What a field of the answer has to be: a value, one of several (`[post, courier]`), or a number within bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    any_of: tuple[AnswerValue, ...] = Field(
        default=(), description="values; `parcel: true` and `carrier: [post, courier]` are short for it"
    )
    at_least: float | None = Field(default=None, allow_inf_nan=False, description="smallest number")
    at_most: float | None = Field(default=None, allow_inf_nan=False, description="largest number")

    @property
    def is_bounded(self) -> bool:
        """Whether it wants a number within bounds, and not one of some values."""
        return self.at_least is not None or self.at_most is not None

    @model_validator(mode="before")
    @classmethod
    def _from_values(cls, value: object) -> object:
        if isinstance(value, Mapping | WantedAnswer):
            return cast("object", value)
        return {"any_of": cast("object", value) if isinstance(value, list) else [value]}

    @model_validator(mode="after")
    def _one_kind(self) -> "WantedAnswer":
        if bool(self.any_of) == self.is_bounded:
            raise ValueError("expected a value, a list of values, or at_least and at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least:g} is above at_most {self.at_most:g}: no number is both")
        return self


def misfit_answers(
    path: str, wanted: Mapping[str, WantedAnswer], name: str, detectors: Mapping[str, FleetDetector]
) -> Iterator[str]:
    """One sentence for each field that a detector cannot answer as a rule wants it.

    Args:
        path: Place of the rule's answers in the fleet file.
        wanted: Fields that the rule reads.
        name: Detector of one of the rule's groups.
        detectors: Detectors of the fleet file.
    """
    fields = _fields(name, detectors)
    if wanted and not fields:
        yield f"{path}: expected groups whose detector gives answers, found {name!r}; see the guide on vision models"
        return
    for key, want in wanted.items():
        if key not in fields:
            yield f"{path}.{key}: expected one of {sorted(fields)}, as detector {name!r} answers, found {key!r}"
        else:
            yield from _misfits(f"{path}.{key}", want, fields[key])


def _fields(name: str, detectors: Mapping[str, FleetDetector]) -> Mapping[str, AnswerField]:
    detector = detectors.get(name)
    if isinstance(detector, Cascade):
        detector = detectors.get(detector.then)
    return detector.answer if isinstance(detector, VisionLlm) else {}


def _misfits(path: str, want: WantedAnswer, field: AnswerField) -> Iterator[str]:
    if want.is_bounded and field.type not in {"number", "integer"}:
        yield f"{path}: expected a value, since the answer is of type {field.type}, found at_least or at_most"
    for value in want.any_of:
        if field.choices and value not in field.choices:
            yield f"{path}: expected one of {list(field.choices)}, found {value!r}"
        elif type(value) not in _TYPES[field.type]:
            yield f"{path}: expected a value of type {field.type.removesuffix('s')}, found {value!r}"


_TYPES: Mapping[str, tuple[type[Any], ...]] = {
    "text": (str,),
    "texts": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}
