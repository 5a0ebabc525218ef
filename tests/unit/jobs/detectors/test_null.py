import numpy as np

from ommatid_jobs.detectors import NULL_MODEL, Detector, NullDetector, Picture, Seen, check_models
from ommatid_jobs.detectors.loading import Loaders, load_all
from ommatid_schemas.fleet_file import parse_fleet

FLEET = f"""
version: 1
regions: {{eu: {{kafka: {{bootstrap: "127.0.0.1:1"}}}}}}
groups:
  entrances: {{priority: insight, detector: {NULL_MODEL}}}
rules:
  somebody: {{groups: [entrances], labels: [person]}}
"""


def test_the_null_model_sees_nothing_in_any_picture():
    null: Detector = NullDetector()
    dark = Picture("lobby-1", b"", np.zeros((4, 4, 3), dtype=np.uint8))

    assert null.detect([dark, dark]) == [Seen("1"), Seen("1")]


def test_a_group_may_name_the_null_model_and_keep_its_rules():
    check_models(parse_fleet(FLEET))


def test_the_null_model_is_loaded_without_a_file():
    def refuse(*arguments: object) -> Detector:
        raise AssertionError(arguments)

    assert load_all([NULL_MODEL], {}, Loaders(refuse, refuse, refuse))[NULL_MODEL].name == NULL_MODEL
