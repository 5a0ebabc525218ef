"""The alert job on a real cluster: results in; one alert, no repeats, and nothing lost without a count."""

import time
from dataclasses import replace

from ommatid_fleet.flink import scrape, total
from ommatid_jobs.operators.rule_versions import Authorship
from ommatid_jobs.operators.rules import alert_id, rule_book
from ommatid_jobs.rules_topic import Application, RulesTopic, apply_rules
from ommatid_schemas import (
    Alert,
    Box,
    CameraState,
    CameraStatus,
    DeadLetter,
    FrameRef,
    FrameResult,
    SingleObjectCodec,
    topics,
)
from ommatid_schemas.fleet_file import load_fleet
from tests.flink.metrics_page import documented_metrics, shown_by_workers, shown_value
from tests.flink.region import RegionUnderTest
from tests.sample_events import sample_result

CODEC = SingleObjectCodec()
AT_THE_DOOR = Box("person", score=0.75, x=0.45, y=0.5, w=0.1, h=0.25)
CAR = Box("car", score=0.75, x=0.0, y=0.5, w=0.125, h=0.25)
FAR_AWAY = Box("person", score=0.75, x=0.0, y=0.0, w=0.125, h=0.25)


def result(region: RegionUnderTest, camera_id: str, captured_at_us: int, *boxes: Box) -> FrameResult:
    frame_ref = FrameRef(region.frames_topic("entrances"), 0, captured_at_us % 1000)
    return sample_result(captured_at_us, *boxes, camera_id=camera_id, region=region.name, frame_ref=frame_ref)


def test_a_confirmed_person_raises_one_alert_and_repeats_raise_none(region: RegionUnderTest):
    start_us = time.time_ns() // 1000
    detections = topics.detections_topic(region.name)
    seen = [
        result(region, "lobby-1", start_us, FAR_AWAY),
        result(region, "lobby-1", start_us + 500_000, AT_THE_DOOR),
        result(region, "lobby-1", start_us + 1_000_000, AT_THE_DOOR),
        result(region, "lobby-1", start_us + 1_500_000, AT_THE_DOOR),
    ]
    region.publish(detections, [*seen, *seen])
    region.publish(detections, [result(region, "not-in-the-fleet-file", start_us, AT_THE_DOOR)])
    region.publish_bytes([(detections, b"lobby-1", b"\xc3\x01 not a result")])

    job = region.start("ommatid_jobs.flink.alerts", "--checkpoint-interval", "2s")

    # The corrupt record was published last and to the same partition: all before it has been judged.
    letters = region.read(topics.dead_letters_topic(region.name), lambda records: len(records) == 2)
    dead = {it.key: DeadLetter.from_record(it.key, it.value, it.headers) for it in letters}
    corrupt, unknown = dead[b"lobby-1"], dead[b"not-in-the-fleet-file"]
    assert (corrupt.value, corrupt.topic) == (b"\xc3\x01 not a result", detections)
    assert (corrupt.stage, corrupt.error_class) == ("rules", "DecodeError")
    assert (unknown.stage, unknown.error_class) == ("rules", "MisplacedRecord")

    [record] = region.read(topics.alerts_topic(region.name), lambda records: len(records) == 1)
    alert = CODEC.decode(Alert, record.value)
    assert (b"lobby-1", seen[2].captured_at_us // 1000) == (record.key, record.timestamp_ms)
    assert (alert.rule, alert.camera_id, alert.zones) == ("person-at-door", "lobby-1", ("door",))
    assert alert_id("lobby-1", "person-at-door", "person", seen[1].captured_at_us) == alert.alert_id
    assert {seen[1].frame_ref, seen[2].frame_ref} == {evidence.frame_ref for evidence in alert.evidence}
    assert {"edge", "queue", "infer", "raise", "total"} == set(alert.latency_ms)

    wait_for_results(region, job, 10)
    assert counted(region, job, "repeats") == {"": 4}
    assert counted(region, job, "results_dropped", by="reason") == {"unknown_camera": 1}
    of_worker = {name for name in shown_by_workers(region) if name.startswith("ommatid_alerts_")}
    assert documented_metrics("ommatid_alerts_") == of_worker
    # Depending on its settings, the reporter writes the rule's name as person_at_door.
    assert list(counted(region, job, "alerts_raised", by="rule").values()) == [1]

    assert_rules_change_while_the_job_runs(region, start_us + 2_000_000)


def assert_rules_change_while_the_job_runs(region: RegionUnderTest, at_us: int):
    """A record that says nothing becomes a dead letter; the rules after it count from the next frame on."""
    rules, detections = topics.rules_topic(region.name), topics.detections_topic(region.name)
    region.publish_bytes([(rules, b"a stranger", b"hello")])
    region.publish(detections, [result(region, "lobby-1", at_us, CAR)])
    *_, letter = region.read(topics.dead_letters_topic(region.name), lambda records: len(records) == 3)
    refused = DeadLetter.from_record(letter.key, letter.value, letter.headers)
    assert (refused.stage, refused.error_class, refused.topic) == ("rules_topic", "DecodeError", rules)
    assert shown_value(region, "ommatid_alerts_rules_version") == 1

    anything = "  car-anywhere: {groups: [entrances], labels: [car], confirm: 1 of 1}\n"
    region.fleet.write_text(region.fleet.read_text(encoding="utf-8") + anything, encoding="utf-8")
    book = rule_book(load_fleet(region.fleet), region.name)
    author = Authorship("anna", time.time_ns() // 1000)
    apply_rules(RulesTopic(region.client, region.name), Application(book, author, expected=1))
    wait_for_version(region, 2)
    region.publish(detections, [result(region, "lobby-1", at_us + 1_000_000, CAR)])

    *_, record = region.read(topics.alerts_topic(region.name), lambda records: len(records) == 2)
    alert = CODEC.decode(Alert, record.value)
    assert (alert.rule, alert.captured_at_us) == ("car-anywhere", at_us + 1_000_000)


def test_what_time_alone_tells_is_raised_by_event_time(region: RegionUnderTest):
    """Absence, by results; cameras that are silent and offline, by the reports of their agents."""
    further = """
  unattended: {groups: [yards], labels: [person], count: {fewer_than: 1, for: 10s}}
  health: {groups: [entrances, yards], camera: {silent: 30s, offline: 10s}, report: [new, end]}
"""
    region.fleet.write_text(region.fleet.read_text(encoding="utf-8") + further, encoding="utf-8")
    start_us = (time.time_ns() // 1_000_000_000 - 150) * 1_000_000
    empty = [replace(result(region, "yard-1", start_us + n * 500_000), group="yards") for n in range(2)]
    others = [result(region, "lobby-1", start_us + second * 1_000_000) for second in range(30)]
    region.publish(topics.detections_topic(region.name), [*empty, *others])
    lobby = [status("lobby-1", start_us, second) for second in (0, 10, 20, 120, 130, 140, 150)]
    yard = [status("yard-1", start_us, second, stalled_s=None if second < 30 else 21) for second in range(0, 160, 10)]
    region.publish(topics.status_topic(region.name), [*lobby, *yard])
    region.publish_bytes([(topics.status_topic(region.name), b"lobby-1", b"not a status")])

    region.start("ommatid_jobs.flink.alerts", "--checkpoint-interval", "2s", "--startup", "earliest")

    records = region.read(topics.alerts_topic(region.name), lambda records: len(records) == 4)
    alerts = [CODEC.decode(Alert, record.value) for record in records]
    raised = {
        (it.camera_id, it.type.value, it.kind, it.label, (it.captured_at_us - start_us) // 1_000_000) for it in alerts
    }
    assert raised == {
        ("yard-1", "new", "absence", "person", 10),
        ("lobby-1", "new", "silent", "gateway-1", 50),
        ("lobby-1", "end", "silent", "gateway-1", 120),
        ("yard-1", "new", "offline", "stalled", 31),
    }
    [letter] = region.read(topics.dead_letters_topic(region.name), lambda records: len(records) == 1)
    assert DeadLetter.from_record(letter.key, letter.value, letter.headers).stage == "watch"
    of_worker = {name for name in shown_by_workers(region) if name.startswith("ommatid_watch_")}
    assert documented_metrics("ommatid_watch_") == of_worker


def status(camera_id: str, start_us: int, second: int, stalled_s: int | None = None) -> CameraStatus:
    state = CameraState.STREAMING if stalled_s is None else CameraState.STALLED
    since_us, at_us = start_us + (stalled_s or 0) * 1_000_000, start_us + second * 1_000_000
    return CameraStatus(camera_id, "gateway-1", state, since_us, at_us, 0, 0, 0, {})


def counted(region: RegionUnderTest, job: str, name: str, by: str | None = None) -> dict[str, float]:
    return total(scrape(region.cluster.prometheus_urls), name, by=by, where={"job_id": job})


def wait_for_results(region: RegionUnderTest, job: str, count: int, deadline_s: float = 30.0) -> None:
    give_up_at = time.monotonic() + deadline_s
    while (found := counted(region, job, "results_in").get("", 0)) < count:
        assert time.monotonic() < give_up_at, f"results_in: expected {count}, found {found}"
        time.sleep(0.2)


def wait_for_version(region: RegionUnderTest, version: int, deadline_s: float = 30.0) -> None:
    give_up_at = time.monotonic() + deadline_s
    while (found := shown_value(region, "ommatid_alerts_rules_version")) != version:
        assert time.monotonic() < give_up_at, f"rules version: expected {version}, found {found}"
        time.sleep(0.2)
