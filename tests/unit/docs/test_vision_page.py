"""What the page on vision models shows is accepted, and what it names exists."""

import re
from pathlib import Path

import pytest

from ommatid_connectors.vision_llm import FakeAsker
from ommatid_jobs.detectors import CascadeDetector, FakeDetector, check_models
from ommatid_jobs.detectors.vision_llm import VisionLlmDetector
from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_jobs.flink.detect.inference_metrics import DetectorCollector
from ommatid_schemas import Priority
from ommatid_schemas.fleet_file import Cascade, Fleet, VisionLlm, parse_fleet

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "ask-a-vision-model.md").read_text(encoding="utf-8")


def described() -> Fleet:
    (text,) = re.findall(r"```yaml fleet\.yaml\n(.*?)```", PAGE, re.DOTALL)
    return parse_fleet(text)


def test_the_fleet_file_is_accepted():
    check_models(described())

    assert set(detect_settings(described(), "eu-west", Priority.INSIGHT).defined) == {"parcels", "ask-parcels"}


@pytest.mark.parametrize("setting", re.findall(r"`((?:structured|output_limit|max_frames): \w+)`", PAGE))
def test_every_advised_setting_exists(setting: str):
    key, _, value = setting.partition(": ")
    vision = described().detectors["ask-parcels"]

    VisionLlm.model_validate({**vision.model_dump(), key: int(value) if value.isdecimal() else value})


def test_the_metrics_are_exactly_those_that_there_are():
    fleet = described()
    vision, cascade = fleet.detectors["ask-parcels"], fleet.detectors["parcels"]
    assert isinstance(vision, VisionLlm)
    assert isinstance(cascade, Cascade)
    asking = VisionLlmDetector("ask-parcels", vision, FakeAsker())
    asking.close()
    asked_by = CascadeDetector("parcels", FakeDetector(), cascade.when, asking)
    collected = DetectorCollector(("eu-west", "insight"), {"ask-parcels": asking, "parcels": asked_by}).collect()
    shown = {sample.name for family in collected for sample in family.samples}

    assert set(re.findall(r"`(ommatid_detector_[a-z_]+)`", PAGE)) == shown
