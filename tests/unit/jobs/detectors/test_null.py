import numpy as np
import pytest

from ommatid_jobs.detectors import NULL_MODELS, Detector, NullDetector, Picture, Seen, check_models
from ommatid_jobs.detectors.loading import Loaders, load_all
from ommatid_schemas.fleet_file import parse_fleet

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  entrances: {priority: insight, detector: MODEL}
rules:
  somebody: {groups: [entrances], labels: [person]}
"""


def test_the_null_model_sees_nothing_in_any_picture():
    null: Detector = NullDetector()
    dark = Picture("lobby-1", b"", np.zeros((4, 4, 3), dtype=np.uint8))

    assert null.detect([dark, dark]) == [Seen("1"), Seen("1")]


@pytest.mark.parametrize("model", NULL_MODELS)
def test_a_group_may_name_a_null_model_and_keep_its_rules(model: str):
    check_models(parse_fleet(FLEET.replace("MODEL", model)))


@pytest.mark.parametrize(("model", "enough_px"), [("null-416", 416), ("null-0", 0)])
def test_a_null_model_is_loaded_without_a_file_and_asks_for_the_pixels_in_its_name(model: str, enough_px: int):
    def refuse(*arguments: object) -> Detector:
        raise AssertionError(arguments)

    loaded = load_all([model], {}, Loaders(refuse, refuse, refuse))[model]
    assert (loaded.name, loaded.enough_px) == (model, enough_px)
