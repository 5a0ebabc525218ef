"""Detectors of the fleet file against the models that there are."""

import pytest

from ommatid_jobs.detectors import check_models
from ommatid_schemas import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet

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
    check_models(fleet())


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
