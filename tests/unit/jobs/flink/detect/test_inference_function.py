"""What a worker opens, and what it shows; Flink itself is not started."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from pyflink.datastream import RuntimeContext

from ommatid_jobs.flink.detect.inference_function import InferenceFunction
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_jobs.flink.detect.vision_models import open_vision_llm
from ommatid_schemas import ConfigurationError, Priority
from ommatid_schemas.fleet_file import FleetDetector, Sampling
from tests.unit.jobs.detectors.pictures import vision_settings


class Worker:
    """Stands for Flink's runtime context and its metric group."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, ...], Callable[[], int]] = {}
        self._labels: tuple[str, ...] = ()

    def get_metrics_group(self) -> "Worker":
        return self

    def get_number_of_parallel_subtasks(self) -> int:
        return 4

    def add_group(self, *label: str) -> "Worker":
        labelled = Worker()
        labelled.shown, labelled._labels = self.shown, label
        return labelled

    def gauge(self, name: str, read: Callable[[], int]) -> None:
        self.shown[(*self._labels, name)] = read


def function(**changes: Any) -> InferenceFunction:
    group = GroupSettings(detector="parcels", policy=Sampling().policy)
    defined: dict[str, FleetDetector] = {"parcels": vision_settings(**changes)}
    settings = DetectSettings(region="eu", priority=Priority.INSIGHT, groups={"entrances": group}, defined=defined)
    return InferenceFunction(settings.model_dump_json())


def test_a_worker_opens_the_model_with_its_own_key_and_shows_what_it_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION_KEY", "sk-hunter2")
    worker, opened = Worker(), function()
    opened.open(cast("RuntimeContext", worker))
    opened.close()

    assert worker.shown["detector", "parcels", "spent_micros"]() == 0
    assert worker.shown["detector", "parcels", "error_rate_milli"]() == 0
    assert worker.shown["inference_frames",]() == 0


def test_a_worker_without_the_key_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VISION_KEY", raising=False)

    with pytest.raises(
        ConfigurationError, match=r"detectors\.parcels\.key: expected the environment variable VISION_KEY on the worker"
    ):
        function().open(cast("RuntimeContext", Worker()))


def test_a_model_without_a_key_needs_no_environment():
    open_vision_llm("parcels", vision_settings(key=None), environment={}).close()
