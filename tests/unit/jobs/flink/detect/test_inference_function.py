"""What a worker opens, and what it shows; Flink itself is not started."""

from typing import Any, cast

import pytest
from pyflink.datastream import RuntimeContext

from ommatid_jobs.flink.detect.inference_function import InferenceFunction
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_jobs.flink.detect.vision_models import open_vision_llm
from ommatid_jobs.flink.worker_endpoint import worker_endpoint
from ommatid_schemas import ConfigurationError, Priority
from ommatid_schemas.fleet_file import FleetDetector, Sampling
from tests.unit.jobs.detectors.pictures import vision_settings


class Worker:
    """Stands for Flink's runtime context."""

    def get_number_of_parallel_subtasks(self) -> int:
        return 4


def function(**changes: Any) -> InferenceFunction:
    group = GroupSettings(detector="parcels", policy=Sampling().policy)
    defined: dict[str, FleetDetector] = {"parcels": vision_settings(**changes)}
    settings = DetectSettings(region="eu", priority=Priority.INSIGHT, groups={"entrances": group}, defined=defined)
    return InferenceFunction(settings.model_dump_json())


def test_a_worker_opens_the_model_with_its_own_key_and_shows_what_it_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION_KEY", "sk-hunter2")
    monkeypatch.setenv("OMMATID_WORKER_METRICS_PORTS", "0")
    worker_endpoint.cache_clear()
    opened = function()
    opened.open(cast("RuntimeContext", Worker()))
    opened.close()

    shown = [sample for metric in worker_endpoint().collect() for sample in metric.samples]
    of_model = {it.name: it.value for it in shown if it.labels.get("detector") == "parcels"}
    assert of_model["ommatid_detector_spent_total"] == 0
    assert of_model["ommatid_detect_inference_seconds_count"] == 0


def test_a_worker_without_the_key_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("VISION_KEY", raising=False)

    with pytest.raises(
        ConfigurationError, match=r"detectors\.parcels\.key: expected the environment variable VISION_KEY on the worker"
    ):
        function().open(cast("RuntimeContext", Worker()))


def test_a_model_without_a_key_needs_no_environment():
    open_vision_llm("parcels", vision_settings(key=None), environment={}).close()
