import pytest

from ommatid_fleet.backtest.deployment import footage_deployment, only_camera, topic_deployment
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  gates: {priority: safety, budget: {frame_price: 0.002}}
  parcels: {priority: safety, detector: ask}
  halls: {priority: insight}
detectors:
  ask:
    kind: vision_llm
    url: https://api.example/v1
    model: small
    prompt: What is it?
    answer: {parcel: {type: boolean}}
cameras:
  gate-1: {url: "rtsp://{GATE_USER}:{GATE_PASSWORD}@10.0.0.7/main", region: eu, group: gates, enabled: false}
  gate-2: {url: "rtsp://10.0.0.8/main", region: eu, group: gates}
  parcel-1: {url: "rtsp://10.0.0.9/main", region: eu, group: parcels}
rules:
  person: {groups: [gates, halls], labels: [person]}
"""


def fleet() -> Fleet:
    return parse_fleet(FLEET)


def test_a_camera_is_played_without_its_secrets_and_even_if_it_is_switched_off():
    deployment = footage_deployment(fleet(), "gate-1", "fleet.yaml")

    assert deployment.camera is not None
    assert deployment.camera.camera_id == "gate-1"
    rules = deployment.book.for_camera("gate-1")
    assert rules is not None
    assert [rule.name for rule in rules.rules] == ["person"]


def test_the_budget_of_its_group_is_all_its_own():
    assert footage_deployment(fleet(), "gate-1", "fleet.yaml").settings.groups["gates"].cameras == 1


def test_models_of_other_groups_are_not_needed():
    deployment = footage_deployment(fleet(), "gate-1", "fleet.yaml")

    assert deployment.settings.detectors == {"nanodet-416"}
    assert not deployment.asks_vision_models
    assert footage_deployment(fleet(), "parcel-1", "fleet.yaml").asks_vision_models


def test_the_price_is_that_of_the_group():
    price = footage_deployment(fleet(), "gate-1", "fleet.yaml").price(None)

    assert price is not None
    assert (price.per_call, price.source) == (0.002, "groups.gates.budget")


def test_a_topic_names_region_and_group():
    deployment = topic_deployment(fleet(), "omm.frames.eu.safety.gates", "fleet.yaml")

    assert deployment.group == "gates"
    assert sorted(deployment.book.cameras) == ["gate-2", "parcel-1"]


def test_a_topic_of_no_camera_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigurationError, match=r"fleet.yaml: expected a frames topic .*safety\.gates.*, found 'x'"):
        topic_deployment(fleet(), "x", "fleet.yaml")


def test_a_camera_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigurationError, match=r"other\.yaml: expected a camera 'gate-9', found gate-1, gate-2"):
        footage_deployment(fleet(), "gate-9", "other.yaml")


def test_of_several_cameras_one_must_be_named():
    with pytest.raises(ConfigurationError, match=r"--camera: .* found none named and 3 in fleet\.yaml: gate-1"):
        only_camera(fleet(), None, "fleet.yaml")
