"""Loads the models of a deployment, as a worker of the detect job does."""

import json
import os
from collections.abc import Mapping
from functools import partial
from types import TracebackType
from typing import Self

from ommatid_fleet.backtest.deployment import Deployment
from ommatid_fleet.backtest.remembering import Memory, RememberingDetector
from ommatid_jobs.detectors import Detector
from ommatid_jobs.detectors.loading import Loaders, close_all, load_all, needed
from ommatid_jobs.flink.detect.vision_models import open_vision_llm
from ommatid_schemas.fleet_file import OnnxModel


class Models:
    """The loaded models of a deployment, for the length of a ``with`` block.

    Args:
        deployment: The configuration.
        memory: What models have seen for other configurations; None keeps and asks none.

    Raises:
        OmmatidError: A model does not load.
    """

    def __init__(self, deployment: Deployment, memory: Memory | None) -> None:
        loaded = _load(deployment)
        self._asks_vision_models = deployment.asks_vision_models
        self._remembering: dict[str, RememberingDetector] = {}
        # What a vision language model costs shows only if it is asked each time.
        if memory is not None and not self._asks_vision_models:
            identities = {name: _identity(name, deployment) for name in loaded}
            self._remembering = {name: RememberingDetector(it, identities[name], memory) for name, it in loaded.items()}
        self.detectors: Mapping[str, Detector] = {**loaded, **self._remembering}

    def __enter__(self) -> Self:
        """The models themselves."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Close them."""
        close_all(self.detectors)

    @property
    def remembered(self) -> int:
        """Calls that were answered from memory."""
        return sum(it.remembered for it in self._remembering.values())

    @property
    def spent(self) -> float | None:
        """Money paid to vision language models; None where none was asked."""
        if not self._asks_vision_models:
            return None
        spent = [it.gauges["spent_micros"]() for it in self.detectors.values() if "spent_micros" in it.gauges]
        return sum(spent) / 1e6


def _load(deployment: Deployment) -> dict[str, Detector]:
    settings = deployment.settings
    loaders = Loaders(
        packaged=partial(_packaged_model, threads=settings.detector_threads),
        vision_llm=partial(open_vision_llm, environment=os.environ),
        onnx=partial(_own_model, threads=settings.detector_threads),
    )
    return load_all(sorted(settings.detectors), settings.defined, loaders)


def _identity(name: str, deployment: Deployment) -> str:
    """What tells a model apart: two fleet files may give one name to different ones."""
    behind = needed([name], deployment.settings.defined)
    return json.dumps({"name": name, **{key: it.model_dump(mode="json") for key, it in sorted(behind.items())}})


def _packaged_model(name: str, threads: int) -> Detector:
    # The ONNX runtime takes a second to import, which commands that load no model do without.
    from ommatid_jobs.detectors.onnx import load_detector  # noqa: PLC0415

    return load_detector(name, threads=threads)


def _own_model(name: str, settings: OnnxModel, threads: int) -> Detector:
    from ommatid_jobs.detectors.own_models import open_own_model  # noqa: PLC0415

    return open_own_model(name, settings, threads)
