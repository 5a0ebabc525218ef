"""Detectors that the fleet file describes itself: own models, vision language models, and cascades of two."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ommatid_schemas.fleet_file.budget import MoneyPerHour
from ommatid_schemas.fleet_file.values import PerSecond, Seconds, Share

_VARIABLE = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")


def _endpoint(value: str) -> str:
    parts = _split(value)
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected the base URL of an API, such as https://api.openai.com/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("expected a URL without user, password and query: the key has its own place, `key`")
    return value.rstrip("/")


def _split(value: str) -> SplitResult | None:
    with contextlib.suppress(ValueError):
        parts = urlsplit(value)
        # Reading the port checks it.
        if parts.port != 0:
            return parts
    return None


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError('expected an environment variable and nothing else, such as "{OPENAI_KEY}"')
    return value


def _absolute(value: str) -> str:
    if not value.startswith("/") or value.rstrip("/") == "":
        raise ValueError("expected an absolute path of a folder: workers do not share a current directory")
    return value


Folder = Annotated[str, AfterValidator(_absolute)]


class _Part(BaseModel):
    # Pydantic puts the rejected input into its messages, and an input can hold a key.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AnswerField(_Part):
    """One field of the answer about one frame."""

    type: Literal["text", "texts", "number", "integer", "boolean"] = Field(description="texts: a list of text")
    description: str | None = Field(default=None, description="what the model has to put there")
    choices: tuple[str, ...] = Field(default=(), description="the only texts that are allowed")

    @model_validator(mode="after")
    def _choices_are_texts(self) -> "AnswerField":
        if self.choices and self.type not in {"text", "texts"}:
            raise ValueError(f"choices: expected none for type {self.type}, or type text or texts")
        return self


class Prices(_Part):
    """What tokens cost, per million, in any currency; the budget is in the same one."""

    input: float = Field(ge=0, description="per million tokens of the request, images included")
    output: float = Field(ge=0, description="per million tokens of the answer")


FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class VisionLlm(_Part):
    """A vision language model behind an OpenAI-compatible API (`POST {url}/chat/completions`): answers, no boxes."""

    kind: Literal["vision_llm"]
    url: Annotated[str, AfterValidator(_endpoint)] = Field(description="base URL, such as https://api.openai.com/v1")
    model: str = Field(min_length=1, description="name of the model, as the API knows it")
    key: Annotated[str, AfterValidator(_variable)] | None = Field(
        default=None, description="environment variable of the API key, written as `{NAME}`; read on the worker only"
    )
    prompt: str = Field(min_length=1, max_length=20_000, description="what to find out about each frame")
    answer: dict[FieldName, AnswerField] = Field(min_length=1, description="fields of the answer; all are required")
    max_frames: int = Field(default=4, ge=1, le=16, description="frames of one camera in one request, at most")
    detail: Literal["auto", "low", "high"] = Field(default="auto", description="resolution at which the model looks")
    structured: Literal["json_schema", "json_object", "prompt"] = Field(
        default="json_schema",
        description="how the API is told the form of the answer; the last two put the schema into the prompt",
    )
    max_output_tokens: int = Field(default=300, ge=16, le=16_384, description="length of the answer about one frame")
    output_limit: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="name of that limit in the request; reasoning models want the second"
    )
    temperature: float | None = Field(default=None, ge=0, le=2, description="not sent unless set")
    timeout: Seconds = Field(default=30.0, gt=0, le=600, description="longest wait for the answer to one attempt")
    give_up_after: Seconds = Field(default=60.0, gt=0, le=3600, description="no attempt starts later than this")
    in_flight: int = Field(default=4, ge=1, le=32, description="requests at the same time in one worker")
    rate: PerSecond = Field(default=1.0, description="requests per second of one deployment, retries included")
    budget: MoneyPerHour | None = Field(
        default=None, description="money that one deployment may spend in any 60 minutes, as 2.50/h; needs `prices`"
    )
    prices: Prices | None = None

    @model_validator(mode="after")
    def _budget_has_prices(self) -> "VisionLlm":
        if self.budget is not None and self.prices is None:
            raise ValueError("budget: expected `prices` beside it, or it could never be used up")
        return self

    @property
    def key_variable(self) -> str | None:
        """Name of the environment variable that holds the key; None for an API without one."""
        return None if self.key is None else self.key[1:-1]


class OnnxModel(_Part):
    """A model of your own: a folder of versions, of which one is active; see the guide on own models."""

    kind: Literal["onnx"]
    path: Folder = Field(
        description="folder on every worker, with `VERSION/model.onnx`, `VERSION/card.yaml` and the file `active`"
    )
    device: Literal["auto", "cpu", "cuda", "tensorrt"] = Field(
        default="auto", description="auto: CUDA where it loads, else the CPU; any other: that one, or the job fails"
    )
    fallback: Literal["none", "cpu"] = Field(
        default="none",
        description="cpu: takes over from a named GPU that is not there or fails; with auto it always may",
    )
    threads: int | None = Field(
        default=None, ge=1, le=256, description="CPU threads of one call; else those of `ommatid submit detect`"
    )
    gpu_memory_bytes: int | None = Field(
        default=None, ge=64 * 1024 * 1024, description="most that one loaded version takes of a GPU; a swap holds two"
    )
    fp16: bool = Field(default=False, description="tensorrt: half precision")
    engine_cache: Folder | None = Field(
        default=None, description="tensorrt: folder for its engines, which take minutes to build"
    )
    poll: Seconds = Field(default=5.0, ge=0.1, le=3600, description="how often a worker looks which version is active")

    @model_validator(mode="after")
    def _options_fit_the_device(self) -> "OnnxModel":
        if self.device != "tensorrt" and (self.fp16 or self.engine_cache is not None):
            raise ValueError(f"fp16, engine_cache: expected them with `device: tensorrt` only, found {self.device}")
        if self.device == "cpu" and self.gpu_memory_bytes is not None:
            raise ValueError("gpu_memory_bytes: expected none with `device: cpu`")
        return self


class CascadeFilter(_Part):
    """Which boxes are worth a question; one box that passes everything is enough."""

    labels: tuple[str, ...] = Field(min_length=1, description="classes of the first model")
    min_score: float = Field(default=0.45, ge=0, le=1)
    min_area: Share = Field(default=0.0, description="share of the frame that the box covers")


class Cascade(_Part):
    """A light model looks at every frame, and a vision language model at those whose boxes pass a filter."""

    kind: Literal["cascade"]
    first: str = Field(
        default="nanodet-416",
        min_length=1,
        description="a packaged model, or one of kind onnx in this file; its boxes go into the result",
    )
    when: CascadeFilter
    then: str = Field(min_length=1, description="name of a detector of kind vision_llm in this file")


FleetDetector = Annotated[OnnxModel | VisionLlm | Cascade, Field(discriminator="kind")]


def dangling_detectors(detectors: Mapping[str, FleetDetector]) -> Iterator[str]:
    """One sentence for each cascade that names a vision language model which is not there."""
    known = sorted(name for name, detector in detectors.items() if isinstance(detector, VisionLlm))
    for name, detector in detectors.items():
        if isinstance(detector, Cascade) and detector.then not in known:
            expected = f"one of {known}" if known else "a detector of kind vision_llm in this file, which has none"
            yield f"detectors.{name}.then: expected {expected}, found {detector.then!r}"
