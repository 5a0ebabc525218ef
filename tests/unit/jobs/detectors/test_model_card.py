import pytest
import yaml

from ommatid_jobs.detectors import load_card
from ommatid_jobs.detectors.model_card import model_folder, parse_card
from ommatid_schemas.errors import ConfigurationError


def changed(**fields: object) -> str:
    content = load_card("nanodet-416").model_dump(mode="json")
    return yaml.safe_dump({**content, **fields})


def test_the_packaged_model_has_the_classes_of_coco():
    card = load_card("nanodet-416")

    assert len(card.classes) == 80
    assert [card.classes[index] for index in (0, 1, 2, 3, 5, 7, 79)] == [
        "person", "bicycle", "car", "motorcycle", "bus", "truck", "toothbrush",
    ]  # fmt: skip


def test_the_packaged_model_says_where_it_comes_from():
    notice = (model_folder("nanodet-416") / "NOTICE.md").read_text(encoding="utf-8")

    assert "Apache License, Version 2.0" in notice
    assert "Modified" in notice


@pytest.mark.parametrize("name", ["yolo", "..", "", "nanodet-416/../nanodet-416"])
def test_an_unknown_model_is_refused_with_those_that_exist(name: str):
    with pytest.raises(ConfigurationError, match=r"detector: expected one of \['nanodet-416'\], found"):
        load_card(name)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"classes": ["person", "person"]}, "classes: expected every name once"),
        ({"suppression": {"iou": 0.6, "together": [["lorry"]]}}, r"expected names from classes, found \['lorry'\]"),
        ({"score_threshold": 1.5}, "score_threshold: Input should be less than or equal to 1"),
        ({"colour": "BGR"}, "colour: Extra inputs are not permitted"),
        ({"output": {"boxes": "b", "scores": "s", "box_layout": "cxcywh"}}, "output.box_layout: Input should be"),
        ({"score_threshold": 2, "name": ""}, "found 2 fault"),
    ],
)
def test_a_card_that_cannot_work_is_refused(fields: dict[str, object], message: str):
    with pytest.raises(ConfigurationError, match=f"card.yaml: expected a model card, .*{message}"):
        parse_card(changed(**fields), source="card.yaml")


def test_a_standard_deviation_of_zero_is_refused():
    text = changed().replace("- 57.375", "- 0")

    with pytest.raises(ConfigurationError, match="input: Value error, std: expected numbers other than 0"):
        parse_card(text, source="card.yaml")


def test_text_that_is_not_yaml_is_refused():
    with pytest.raises(ConfigurationError, match=r"card.yaml: expected YAML, found"):
        parse_card("a: [", source="card.yaml")
