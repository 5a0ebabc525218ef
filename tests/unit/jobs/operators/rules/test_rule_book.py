import pytest

from ommatid_jobs.operators.rules import (
    Direction,
    RuleBook,
    WatchedCrossing,
    WatchedLine,
    WatchedZone,
    check_labels,
    rule_book,
)
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.fleet_file import Fleet, parse_fleet

FLEET = """
version: 1
regions:
  eu: {kafka: {bootstrap: "localhost:9092"}}
  us: {kafka: {bootstrap: "localhost:9093"}}
groups:
  entrances: {priority: safety}
  yards: {priority: insight}
cameras:
  lobby:
    url: "rtsp://u:pw@h/1"
    region: eu
    group: entrances
    zones: {door: {coordinates: [0, 0, 1, 0, 1, 1], inertia: 3, loitering_time: 2.5s}}
    lines: {sill: {coordinates: "0,0.9,1,0.9"}, stairs: {coordinates: [0, 0, 0.5, 0.5, 1, 0], band: 4%}}
  back: {url: "rtsp://h/2", region: eu, group: entrances}
  dark: {url: "rtsp://h/3", region: eu, group: entrances, enabled: false}
  yard: {url: "rtsp://h/4", region: us, group: yards}
rules:
  person-at-door:
    {groups: [entrances], labels: [person], zones: [door], loitering_time: 5s, cooldown: 90s, severity: high}
  person-leaves:
    {groups: [entrances], labels: [person], crossing: {lines: [stairs, sill], direction: to_right}}
  car-anywhere: {groups: [entrances, yards], labels: [car]}
"""


def fleet(text: str = FLEET) -> Fleet:
    return parse_fleet(text)


def rule_names(book: RuleBook, camera: str) -> list[str]:
    rules = book.for_camera(camera)
    assert rules is not None
    return [rule.name for rule in rules.rules]


def test_a_camera_has_the_rules_of_its_group():
    assert rule_names(rule_book(fleet(), "us"), "yard") == ["car-anywhere"]


def test_a_rule_with_zones_applies_only_where_one_of_them_is():
    book = rule_book(fleet(), "eu")

    assert rule_names(book, "lobby") == ["person-at-door", "person-leaves", "car-anywhere"]
    assert rule_names(book, "back") == ["car-anywhere"]


@pytest.mark.parametrize("camera", ["yard", "dark", "unheard-of"])
def test_cameras_elsewhere_disabled_or_unknown_have_no_rules(camera: str):
    assert rule_book(fleet(), "eu").for_camera(camera) is None


def test_a_rule_is_resolved_to_the_units_of_events():
    camera = rule_book(fleet(), "eu").for_camera("lobby")
    assert camera is not None
    rule = camera.rules[0]

    assert (rule.confirm_matches, rule.confirm_frames, rule.cooldown_us) == (2, 3, 90_000_000)
    assert (rule.loitering_us, rule.zones) == (5_000_000, ("door",))
    assert camera.zones == {"door": WatchedZone(coordinates=(0, 0, 1, 0, 1, 1), inertia=3, loitering_us=2_500_000)}


def test_a_line_is_resolved_to_the_units_of_events():
    camera = rule_book(fleet(FLEET.replace("[stairs, sill]", "[stairs]")), "eu").for_camera("lobby")
    assert camera is not None

    assert camera.rules[1].crossing == WatchedCrossing(lines=("stairs",), direction=Direction.TO_RIGHT)
    assert camera.lines == {"stairs": WatchedLine(coordinates=(0, 0, 0.5, 0.5, 1, 0), band=0.04)}


def test_zones_that_no_rule_watches_are_left_out():
    camera = rule_book(fleet(FLEET.replace("zones: [door],", "")), "eu").for_camera("lobby")

    assert camera is not None
    assert camera.zones == {}


def test_a_rule_book_survives_json_and_carries_no_secret():
    book = rule_book(fleet(), "eu")
    text = book.model_dump_json()

    assert RuleBook.model_validate_json(text) == book
    assert "pw" not in text


def test_an_unknown_region_is_refused():
    with pytest.raises(ConfigurationError, match=r"region: expected one of \['eu', 'us'\], found 'mars'"):
        rule_book(fleet(), "mars")


def test_known_labels_pass():
    check_labels(fleet(), {"nanodet-416": ["person", "car"]})


def test_an_unknown_label_is_refused_with_the_closest_known_one():
    with pytest.raises(ConfigurationError) as refused:
        check_labels(fleet(FLEET.replace("labels: [person]", "labels: [Persn]", 1)), {"nanodet-416": ["person", "car"]})

    assert str(refused.value) == (
        "rules.person-at-door.labels: expected classes of detector 'nanodet-416', found 'Persn'; did you mean 'person'?"
    )


def test_an_unknown_label_without_a_close_one_shows_what_is_known():
    with pytest.raises(ConfigurationError, match="found 'zeppelin'; known are car, person"):
        check_labels(fleet(FLEET.replace("labels: [person]", "labels: [zeppelin]")), {"nanodet-416": ["person", "car"]})


def test_all_unknown_labels_are_reported_together():
    with pytest.raises(ConfigurationError, match=r"car-anywhere.*'car'.*; .*person-at-door.*'person'"):
        check_labels(fleet(), {"nanodet-416": ["dog"]})
