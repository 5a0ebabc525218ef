"""What a model expects, gives and is: the file ``card.yaml`` beside ``model.onnx``.

Another model with the same kind of output is a folder with these two files, and no code.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ommatid_schemas.errors import ConfigurationError

_MODELS = files("ommatid_jobs.detectors") / "models"

Share = Annotated[float, Field(ge=0, le=1)]
PerChannel = tuple[float, float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelInput(_Part):
    """The input tensor: float32 [N, 3, height, width] with N dynamic, (pixel - mean) / std per channel."""

    name: str = Field(min_length=1, description="name of the tensor")
    width: int = Field(ge=32, le=4096, description="pixels")
    height: int = Field(ge=32, le=4096, description="pixels")
    layout: Literal["NCHW"] = "NCHW"
    channel_order: Literal["BGR", "RGB"]
    mean: PerChannel = Field(description="in channel order, 0..255")
    std: PerChannel = Field(description="in channel order, not 0")
    letterbox: int = Field(ge=0, le=255, description="value of the bars that keep the aspect ratio")

    @model_validator(mode="after")
    def _can_divide(self) -> "ModelInput":
        if 0 in self.std:
            raise ValueError("std: expected numbers other than 0")
        return self


class ModelOutput(_Part):
    """The output tensors: boxes float32 [N, A, 4] and scores float32 [N, A, classes], 0..1."""

    boxes: str = Field(min_length=1, description="name of the tensor")
    scores: str = Field(min_length=1, description="name of the tensor")
    box_layout: Literal["xyxy_input_px"] = Field(description="left, top, right, bottom in pixels of the input")


class Suppression(_Part):
    """Non-maximum suppression: of overlapping boxes of one class, or of one set of classes, the best stays."""

    iou: Share = Field(description="overlap (intersection over union) above which the weaker box goes")
    together: tuple[tuple[str, ...], ...] = Field(default=(), description="classes that are one for this purpose")


class ModelCard(_Part):
    """A model as the job needs to know it."""

    name: str = Field(min_length=1, description="of a packaged model: in every result, and in groups as `detector`")
    version: str = Field(min_length=1, description="of a packaged model: in every result")
    summary: str = Field(min_length=1)
    source: str = Field(min_length=1, description="where it comes from")
    licence: str = Field(min_length=1, description="SPDX expression")
    modified: str = Field(description="what was changed against the source; empty when nothing was")
    input: ModelInput
    output: ModelOutput
    suppression: Suppression
    score_threshold: Share = Field(description="boxes below it are not reported at all; rules decide above it")
    classes: tuple[str, ...] = Field(min_length=1, description="in the order of the scores")

    @model_validator(mode="after")
    def _classes_agree(self) -> "ModelCard":
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("classes: expected every name once")
        unknown = {name for group in self.suppression.together for name in group}.difference(self.classes)
        if unknown:
            raise ValueError(f"suppression.together: expected names from classes, found {sorted(unknown)}")
        return self


def parse_card(text: str, source: str) -> ModelCard:
    """Check the text of a card; ``source`` names it in errors.

    Raises:
        ConfigurationError: It is not YAML or breaks the model; all faults are named.
    """
    try:
        raw: Any = yaml.load(text, yaml.CSafeLoader)
        return ModelCard.model_validate(raw)
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"{source}: expected YAML, found: {exc}") from exc
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'card'}: {e['msg']}" for e in exc.errors())
        raise ConfigurationError(
            f"{source}: expected a model card, found {exc.error_count()} fault(s): {faults}"
        ) from exc


def load_card(name: str) -> ModelCard:
    """Card of a packaged model.

    Raises:
        ConfigurationError: There is no such model, or its card is wrong.
    """
    card = model_folder(name) / "card.yaml"
    return parse_card(card.read_text(encoding="utf-8"), source=str(card))


def packaged_models() -> tuple[str, ...]:
    """Names of the packaged models."""
    return tuple(sorted(_folders()))


def model_folder(name: str) -> Traversable:
    """Folder of a packaged model.

    Raises:
        ConfigurationError: There is no such model; the message names those that exist.
    """
    folders = _folders()
    if name not in folders:
        raise ConfigurationError(f"detector: expected one of {sorted(folders)}, found {name!r}")
    return folders[name]


def _folders() -> dict[str, Traversable]:
    return {folder.name: folder for folder in _MODELS.iterdir() if folder.is_dir()}
