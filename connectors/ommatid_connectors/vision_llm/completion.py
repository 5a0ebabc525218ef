"""What the API answers: reading a chat completion, and the code of an error. Pure."""

import re
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ommatid_connectors.vision_llm.answer_schema import Malformed

_MAX_TOKENS = 10**9
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Size of a request and of its answer, as the API counted them."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer.

    Attributes:
        content: Text of the answer; empty when there is none.
        cut_off: The answer reached its length limit.
        declined: The model or a content filter refused to answer.
    """

    content: str = field(repr=False)
    cut_off: bool
    declined: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What a body with status 200 holds; ``tokens`` is None where the server does not count."""

    completion: Completion | Malformed
    tokens: Tokens | None = None


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Usage(_Lenient):
    prompt_tokens: int = Field(ge=0, le=_MAX_TOKENS)
    completion_tokens: int = Field(default=0, ge=0, le=_MAX_TOKENS)


def _usage(value: object) -> _Usage | None:
    """None for one that makes no sense: a good answer is not thrown away for it."""
    try:
        return _Usage.model_validate(value)
    except ValidationError:
        return None


class _Message(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Counted(_Lenient):
    usage: Annotated[_Usage | None, BeforeValidator(_usage)] = None


class _Body(_Counted):
    choices: list[_Choice] = Field(min_length=1)


def read_completion(body: bytes) -> Read:
    """Read the body of an answer with status 200; one that is no completion may still say what it cost."""
    try:
        read = _Body.model_validate_json(body)
    except ValidationError as exc:
        fault = exc.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "body"
        return Read(Malformed(f"{place}: expected a chat completion, found {fault['type']}"), _tokens_of(body))
    choice = read.choices[0]
    declined = bool(choice.message.refusal) or choice.finish_reason == "content_filter"
    completion = Completion(choice.message.content or "", choice.finish_reason == "length", declined)
    return Read(completion, _tokens(read.usage))


def _tokens_of(body: bytes) -> Tokens | None:
    try:
        return _tokens(_Counted.model_validate_json(body).usage)
    except ValidationError:
        return None


def _tokens(usage: _Usage | None) -> Tokens | None:
    return None if usage is None else Tokens(usage.prompt_tokens, usage.completion_tokens)


def _identifier(value: object) -> str | None:
    """Only what looks like ``model_not_found``: texts of an error can quote the key or the prompt."""
    return value if isinstance(value, str) and len(value) <= 60 and _CODE.fullmatch(value) else None


_Identifier = Annotated[str | None, BeforeValidator(_identifier)]


class _ErrorDetail(_Lenient):
    code: _Identifier = None
    type: _Identifier = None


class _ErrorBody(_Lenient):
    error: _ErrorDetail


def error_code(body: bytes) -> str | None:
    """Code of an error that the API answered, such as ``insufficient_quota``, or None without one."""
    try:
        error = _ErrorBody.model_validate_json(body).error
    except ValidationError:
        return None
    return error.code or error.type
