"""The rules on cameras as the alert job carries them."""

from ommatid_jobs.operators.camera_watch import WatchBook, watch_book
from ommatid_jobs.operators.rules import rule_book
from ommatid_schemas import Severity, Tampering
from ommatid_schemas.fleet_file import parse_fleet

FLEET = parse_fleet("""
version: 1
regions: {eu: {kafka: {bootstrap: "localhost:9092"}}, us: {kafka: {bootstrap: "localhost:9093"}}}
groups: {yards: {priority: standard}, lots: {priority: insight}}
cameras:
  yard-1: {url: "rtsp://camera/1", region: eu, group: yards}
  yard-2: {url: "rtsp://camera/2", region: eu, group: yards, enabled: false}
  yard-3: {url: "rtsp://camera/3", region: us, group: yards}
rules:
  person: {groups: [yards], labels: [person]}
  health:
    {groups: [yards], camera: {silent: 60s, offline: 0.5m, tampered: [black]}, cooldown: 5m, severity: low}
""")


def test_it_has_the_rules_on_cameras_and_the_cameras_of_the_region_that_are_switched_on():
    book = watch_book(FLEET, "eu")

    assert set(book.cameras) == {"yard-1"}
    (health,) = book.rules
    assert (health.silent_us, health.offline_us, health.cooldown_us) == (60_000_000, 30_000_000, 300_000_000)
    assert (health.name, health.tampered, health.severity) == ("health", (Tampering.BLACK,), Severity.LOW)


def test_it_survives_the_way_to_the_workers():
    book = watch_book(FLEET, "eu")

    assert WatchBook.model_validate_json(book.model_dump_json()) == book


def test_rules_on_objects_know_nothing_of_it():
    (camera,) = rule_book(FLEET, "eu").cameras.values()

    assert [rule.name for rule in camera.rules] == ["person"]
