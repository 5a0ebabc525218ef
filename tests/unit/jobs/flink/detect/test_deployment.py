"""From the fleet file to the settings of a detect job, and what is refused on the way."""

import re

import pytest

from ommatid_jobs.flink.detect.deployment import detect_settings
from ommatid_schemas import ConfigurationError, Priority
from ommatid_schemas.fleet_file import Fleet, parse_fleet

FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}, empty: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups:
  entrances: {priority: safety, detector: DETECTOR}
  lots: {priority: insight}
cameras:
  lobby-1: {url: "rtsp://user:hunter2@camera/1", region: eu, group: entrances}
rules:
  person: {groups: [entrances], labels: [LABEL]}
"""


def fleet(detector: str = "nanodet-416", label: str = "person") -> Fleet:
    return parse_fleet(FLEET.replace("DETECTOR", detector).replace("LABEL", label))


def test_settings_hold_the_groups_of_the_priority_and_what_their_rules_watch():
    settings = detect_settings(fleet(), "eu", Priority.SAFETY)

    assert set(settings.groups) == {"entrances"}
    assert settings.groups["entrances"].event_labels == frozenset({"person"})
    assert settings.detectors == frozenset({"nanodet-416"})


def test_rules_on_cameras_alone_leave_the_event_layer_to_all_labels():
    of_cameras = FLEET.replace("labels: [LABEL]", "camera: {silent: 60s}").replace("DETECTOR", "nanodet-416")

    assert detect_settings(parse_fleet(of_cameras), "eu", Priority.SAFETY).groups["entrances"].event_labels is None


def test_settings_survive_the_way_to_the_workers_without_a_secret():
    settings = detect_settings(fleet(), "eu", Priority.SAFETY)
    text = settings.model_dump_json()

    assert type(settings).model_validate_json(text) == settings
    assert "hunter2" not in text


CASCADE = """
detectors:
  parcels: {kind: cascade, when: {labels: [person], min_area: 1%}, then: ask-parcels}
  ask-parcels:
    kind: vision_llm
    url: https://api.example/v1
    model: small-vision
    key: "{VISION_KEY}"
    prompt: Does somebody carry a parcel?
    answer: {parcel: {type: boolean}}
    timeout: 20s
    rate: 2/m
  unused: {kind: vision_llm, url: "https://api.example/v1", model: m, prompt: p, answer: {a: {type: text}}}
"""


def test_detectors_of_the_fleet_file_go_to_the_workers_without_the_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISION_KEY", "sk-hunter2")
    described = parse_fleet(FLEET.replace("DETECTOR", "parcels").replace("LABEL", "person") + CASCADE)
    settings = detect_settings(described, "eu", Priority.SAFETY)
    text = settings.model_dump_json()

    assert set(settings.defined) == {"parcels", "ask-parcels"}
    assert type(settings).model_validate_json(text) == settings
    assert "{VISION_KEY}" in text
    assert "hunter2" not in text


def test_a_rule_that_reads_answers_alone_watches_every_label():
    rules = "person: {groups: [entrances], answers: {parcel: true}}"
    text = FLEET.replace("DETECTOR", "parcels").replace("person: {groups: [entrances], labels: [LABEL]}", rules)
    settings = detect_settings(parse_fleet(text + CASCADE), "eu", Priority.SAFETY)

    assert settings.groups["entrances"].event_labels is None


@pytest.mark.parametrize(
    ("topic", "read"),
    [
        ("omm.frames.eu.safety.entrances", True),
        ("omm.triggers.eu.safety", True),
        ("omm.frames.eu.insight.lots", False),
        ("omm.frames.us.safety.entrances", False),
        ("omm-triggers-eu-safety", False),
    ],
)
def test_a_job_reads_the_frames_and_triggers_of_its_region_and_priority_alone(topic: str, *, read: bool):
    pattern = detect_settings(fleet(), "eu", Priority.SAFETY).source_pattern

    assert bool(re.fullmatch(pattern, topic)) is read


def test_an_unknown_detector_is_refused_with_its_place():
    with pytest.raises(ConfigurationError, match=r"groups\.entrances\.detector: expected one of .*found 'yolo'"):
        detect_settings(fleet(detector="yolo"), "eu", Priority.SAFETY)


def test_an_unknown_label_is_refused_with_a_close_match():
    with pytest.raises(ConfigurationError, match=r"rules\.person\.labels: .*'persn'.*did you mean 'person'"):
        detect_settings(fleet(label="persn"), "eu", Priority.SAFETY)


def test_a_region_without_cameras_of_the_priority_is_refused():
    with pytest.raises(ConfigurationError, match=r"priority: .*region 'eu' \(safety\), found 'insight'"):
        detect_settings(fleet(), "eu", Priority.INSIGHT)
    with pytest.raises(ConfigurationError, match="it has no cameras"):
        detect_settings(fleet(), "empty", Priority.SAFETY)


def test_an_unknown_region_is_refused():
    with pytest.raises(ConfigurationError, match=r"region: expected one of \['empty', 'eu'\], found 'mars'"):
        detect_settings(fleet(), "mars", Priority.SAFETY)
