"""Detectors of the fleet file against the models that there are."""

from pathlib import Path

import pytest

from ommatid_jobs.detectors import PERSON, check_models, unseen_by
from ommatid_jobs.detectors.model_activation import activate
from ommatid_jobs.detectors.model_repository import ModelRepository
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet
from tests.onnx_models import write_model

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  entrances: {priority: insight, detector: parcels}
detectors:
  parcels: {kind: cascade, first: nanodet-416, when: {labels: [person]}, then: ask-parcels}
  ask-parcels:
    {kind: vision_llm, url: "https://api.example/v1", model: m, prompt: p, answer: {parcel: {type: boolean}}}
rules:
  somebody: {groups: [entrances], labels: [person]}
"""


def fleet(old: str = "", new: str = "") -> Fleet:
    assert old in FLEET
    return parse_fleet(FLEET.replace(old, new) if old else FLEET)


def test_a_cascade_gives_the_labels_of_its_first_model():
    assert check_models(fleet()) == ()


def test_a_detector_that_sees_people_can_have_them_hidden():
    assert check_models(fleet("detector: parcels", "detector: parcels, redact: faces")) == ()


def test_people_that_nobody_sees_cannot_be_hidden():
    with pytest.raises(
        ConfigurationError, match=r"groups\.entrances\.redact: .*ask-parcels gives no boxes of a person"
    ):
        check_models(fleet("detector: parcels", "detector: ask-parcels, redact: persons"))


def test_a_model_for_load_tests_may_stand_where_people_are_hidden():
    assert check_models(fleet("detector: parcels", "detector: null-416, redact: persons")) == ()


def test_an_own_model_that_is_elsewhere_is_not_known_to_see_people(tmp_path: Path):
    own = f"detectors:\n  own: {{kind: onnx, path: {tmp_path / 'none'}}}"

    reason = unseen_by(fleet("detectors:", own), "own", PERSON)

    assert reason is not None
    assert "not on this machine" in reason


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "detector: parcels",
            "detector: yolo",
            r"groups\.entrances\.detector: expected one of .*'parcels'.*found 'yolo'",
        ),
        ("first: nanodet-416", "first: ask-parcels", r"detectors\.parcels\.first: expected one of \['nanodet-416'\]"),
        ("when: {labels: [person]}", "when: {labels: [persn]}", r"detectors\.parcels\.when\.labels: .*found 'persn'"),
        ("  parcels: {kind", "  nanodet-416: {kind", r"detectors\.nanodet-416: expected another name"),
        ("labels: [person]}\n", "labels: [persn]}\n", r"rules\.somebody\.labels: .*'persn'; did you mean 'person'"),
        (
            "detector: parcels",
            "detector: ask-parcels",
            r"rules\.somebody\.labels: .*answers and no boxes: put a cascade",
        ),
    ],
)
def test_a_fault_is_reported_with_its_place(old: str, new: str, fault: str):
    with pytest.raises(ConfigurationError, match=fault):
        check_models(fleet(old, new))


def test_a_group_without_rules_may_have_answers_alone():
    answers_alone = FLEET.replace("detector: parcels", "detector: ask-parcels").partition("rules:")[0]

    check_models(parse_fleet(answers_alone))


def own(folder: Path, label: str = "person", watched: str = "person") -> Fleet:
    """A fleet with an own model in this folder, behind a cascade and alone; a rule watches a label of each."""
    text = FLEET.replace("labels: [person]}\n", f"labels: [{watched}]}}\n").replace("nanodet-416", "people")
    text = text.replace("when: {labels: [person]}", f"when: {{labels: [{label}]}}")
    group = "groups:\n  halls: {priority: insight, detector: people}\n"
    return parse_fleet(
        text.replace("groups:\n", group, 1).replace(
            "detectors:\n", f"detectors:\n  people: {{kind: onnx, path: {folder}}}\n"
        )
    )


def test_an_own_model_that_only_workers_have_is_taken_on_trust_and_that_is_said(tmp_path: Path):
    sentences = check_models(own(tmp_path / "elsewhere", label="forklift", watched="forklift"))

    assert sentences == (
        f"detectors.people: {tmp_path}/elsewhere is not on this machine, so its labels cannot be checked here",
    )


def test_an_own_model_that_is_here_has_the_labels_of_its_active_version(tmp_path: Path):
    write_model(tmp_path / "1")
    activate(ModelRepository("people", tmp_path), "1")

    assert check_models(own(tmp_path)) == ()
    with pytest.raises(ConfigurationError, match=r"detectors\.parcels\.when\.labels: .*'people', found 'forklift'"):
        check_models(own(tmp_path, label="forklift"))
    with pytest.raises(ConfigurationError, match=r"rules\.somebody\.labels: .*found 'forklift'"):
        check_models(own(tmp_path, watched="forklift"))


def test_an_own_model_that_is_here_without_an_active_version_is_a_fault(tmp_path: Path):
    write_model(tmp_path / "1")

    with pytest.raises(ConfigurationError, match=r"detectors\.people\.path: .*active: expected a file that names"):
        check_models(own(tmp_path))


@pytest.mark.parametrize(
    ("version", "certain"),
    [("1", True), ("2", False), ("1+vision", True), ("2+vision", False), ("3", False)],
)
def test_whether_an_own_model_sees_people_is_asked_of_the_version_that_saw_the_frame(
    tmp_path: Path, version: str, certain: bool
):
    """Version 1 sees people, version 2 sees boxes of something else and is active, version 3 is not there."""
    write_model(tmp_path / "1")
    write_model(tmp_path / "2", version="2", classes=["parcel"])
    activate(ModelRepository("people", tmp_path), "2")

    detector = "parcels" if "+" in version else "people"

    assert (unseen_by(own(tmp_path), detector, PERSON, version) is None) is certain
