"""Rules on the cameras themselves, as the fleet file has them."""

import pytest

from ommatid_schemas import ConfigurationError, Tampering
from ommatid_schemas.fleet_file import Fleet, parse_fleet

FLEET = """
version: 1
regions: {{eu: {{kafka: {{bootstrap: "localhost:9092"}}}}}}
groups: {{yards: {{priority: standard}}}}
rules: {{health: {{groups: [yards], {keys}}}}}
"""


def fleet_with(keys: str) -> Fleet:
    return parse_fleet(FLEET.format(keys=keys))


def test_a_rule_on_cameras_needs_no_labels():
    rule = fleet_with("camera: {silent: 60s, offline: 30s, tampered: [black, moved]}").rules["health"]

    assert rule.camera is not None
    assert (rule.camera.silent, rule.camera.offline) == (60, 30)
    assert rule.camera.tampered == (Tampering.BLACK, Tampering.MOVED)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ("severity: low", r"rules\.health: labels: expected at least one class, or camera in its place"),
        ("camera: {}", r"rules\.health\.camera: expected at least one of silent, offline and tampered"),
        ("camera: {silent: 10s}", r"rules\.health\.camera\.silent: .*greater than or equal to 30"),
        ("camera: {tampered: [stolen]}", r"rules\.health\.camera\.tampered\.0: .*'black', 'frozen', 'blurred' or 'mov"),
        (
            "camera: {offline: 30s}, labels: [person], confirm: 1 of 1",
            r"rules\.health: camera: expected no key about objects beside it, found confirm, labels",
        ),
    ],
)
def test_a_rule_that_watches_nothing_or_both_is_refused(keys: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        fleet_with(keys)
