"""The form of an answer: the JSON schema that the model is given, and the check of what it gives back. Pure.

Both come from one pydantic model that is built from the fields of the fleet file, so they cannot differ.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ommatid_schemas.fleet_file import AnswerField

MAX_ANSWER_CHARS = 16_384
"""Longest answer about one frame that is passed on; a Kafka record of small messages holds 1 MB."""

_TYPES: Mapping[str, Any] = {"text": str, "texts": list[str], "number": float, "integer": int, "boolean": bool}
_CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)
_FENCE = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Malformed:
    """Text is not an answer of the expected form; ``reason`` does not quote it."""

    reason: str


class AnswerSchema:
    """Form of the answers about some frames: ``{"frames": [{FIELD: ...}, ...]}``, one entry for each frame.

    Args:
        fields: Fields of the answer about one frame, by name; all are required, no other is allowed.
    """

    def __init__(self, fields: Mapping[str, AnswerField]) -> None:
        # Names of attributes are numbered, because a field may be called "copy" or "json", as methods of pydantic are.
        members: dict[str, Any] = {
            f"field_{index}": (_type(field), Field(alias=name, description=field.description))
            for index, (name, field) in enumerate(fields.items())
        }
        self._answer = create_model("Answer", __config__=_CONFIG, **members)
        frames: Any = (list[cast("Any", self._answer)], ...)
        self._reply = create_model("Reply", __config__=_CONFIG, frames=frames)

    def json_schema(self) -> dict[str, Any]:
        """JSON schema (draft 2020-12) of the whole reply, within what OpenAI's strict mode allows."""
        answer = _without_titles(self._answer.model_json_schema(by_alias=True))
        frames = {"type": "array", "items": answer, "description": "one entry for each picture, in the same order"}
        return {
            "type": "object",
            "properties": {"frames": frames},
            "required": ["frames"],
            "additionalProperties": False,
        }

    def parse(self, content: str, frames: int) -> tuple[str, ...] | Malformed:
        """Check the text of a reply.

        Args:
            content: JSON, perhaps in a Markdown fence, which small models like to add.
            frames: Number of frames that were asked about.

        Returns:
            Compact JSON for each frame, with the fields in the order of the schema.
        """
        fenced = _FENCE.fullmatch(content.strip())
        try:
            reply: Any = self._reply.model_validate_json(fenced[1] if fenced else content)
        except ValidationError as exc:
            return Malformed(f"answer: {_first_fault(exc)}")
        answers = tuple(answer.model_dump_json(by_alias=True) for answer in cast("list[BaseModel]", reply.frames))
        return _checked(answers, frames)


def _type(field: AnswerField) -> Any:
    if not field.choices:
        return _TYPES[field.type]
    literal: Any = Literal
    choice = literal[field.choices]
    return list[choice] if field.type == "texts" else choice


def _checked(answers: tuple[str, ...], frames: int) -> tuple[str, ...] | Malformed:
    if len(answers) != frames:
        return Malformed(f"answer: expected {frames} entries in frames, found {len(answers)}")
    longest = max(map(len, answers))
    if longest > MAX_ANSWER_CHARS:
        return Malformed(f"answer: expected at most {MAX_ANSWER_CHARS} characters about one frame, found {longest}")
    return answers


def _first_fault(error: ValidationError) -> str:
    """Place and kind of the first fault. Names that the model invented are its text, hence not shown."""
    fault = error.errors(include_input=False, include_url=False)[0]
    if fault["type"] == "json_invalid":
        return "expected JSON, found text that is not, or ends too early"
    place = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return f"{'.'.join(map(str, place)) or 'reply'}: {fault['type']} ({error.error_count()} fault(s))"


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the titles that pydantic derives from names of attributes: they would only cost tokens."""
    properties = {name: {k: v for k, v in each.items() if k != "title"} for name, each in schema["properties"].items()}
    return {key: value for key, value in schema.items() if key != "title"} | {"properties": properties}
