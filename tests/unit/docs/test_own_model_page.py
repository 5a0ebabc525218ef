"""What the page on own models shows is accepted, and what it names exists."""

import re
from pathlib import Path

import pytest

from ommatid_jobs.detectors import check_models
from ommatid_jobs.detectors.model_activation import activate
from ommatid_jobs.detectors.model_card import parse_card
from ommatid_jobs.detectors.model_repository import ModelRepository
from ommatid_jobs.detectors.own_models import open_own_model
from ommatid_jobs.flink.detect.inference_metrics import DetectorCollector
from ommatid_schemas.fleet_file import OnnxModel, parse_fleet
from tests.onnx_models import write_model

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "use-your-own-model.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    (text,) = re.findall(rf"```yaml {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    return text


def test_the_fleet_file_is_accepted():
    fleet = parse_fleet(block("fleet.yaml"))

    assert isinstance(fleet.detectors["people"], OnnxModel)
    assert len(check_models(fleet)) == 1


def test_the_card_is_accepted_and_knows_what_the_rule_watches():
    card = parse_card(block("card.yaml"), "card.yaml")

    assert "person" in card.classes


@pytest.mark.parametrize("key", sorted(set(re.findall(r"^- `([a-z0-9_]+)[:`]", PAGE, re.MULTILINE)) - {"tensorrt"}))
def test_every_key_that_is_explained_exists(key: str):
    assert key in OnnxModel.model_fields


def test_the_metrics_are_exactly_those_that_there_are(tmp_path: Path):
    write_model(tmp_path / "1")
    activate(ModelRepository("people", tmp_path), "1")
    detector = open_own_model("people", OnnxModel(kind="onnx", path=str(tmp_path), poll=3600), threads=1)
    detector.close()
    collected = DetectorCollector(("eu-west", "safety"), {"people": detector}).collect()
    shown = {sample.name for family in collected for sample in family.samples}

    assert set(re.findall(r"`(ommatid_detector_[a-z_]+)`", PAGE)) == shown
