"""One record at the door of the alert job."""

from dataclasses import replace

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_jobs.flink.alerts.judgement import (
    Judged,
    Judgement,
    Refused,
    Repeat,
    UnknownCamera,
    judge,
    outgoing,
    pass_time,
)
from ommatid_jobs.operators.rules import AlertRule, CameraRules, RuleBook, WatchedCount
from ommatid_schemas import Alert, Box, Priority, Severity, SingleObjectCodec
from tests.sample_events import sample_result

NOW_US = 1_800_000_000_000_000
CODEC = SingleObjectCodec()
PERSON = Box("person", 0.75, 0.25, 0.25, 0.25, 0.5)
RULE = AlertRule(
    name="person",
    labels=("person",),
    zones=None,
    min_score=0.5,
    confirm_matches=1,
    confirm_frames=1,
    cooldown_us=60_000_000,
    severity=Severity.HIGH,
    deliver=(),
)
CAMERA = CameraRules(
    camera_id="lobby-1", region="eu", group="entrances", priority=Priority.SAFETY, zones={}, rules=(RULE,)
)
BOOK = RuleBook(region="eu", cameras={"lobby-1": CAMERA})
RESULT = sample_result(NOW_US, PERSON)


def judged(value: bytes, camera_id: str = "lobby-1", state: bytes | None = None) -> Judgement:
    record = SourceRecord(camera_id.encode(), value, "omm.detections.eu", 0, 3)
    return judge(BOOK, state, camera_id, record, NOW_US)


def test_a_confirmed_person_is_written_to_the_alerts_topic():
    judgement = judged(CODEC.encode(RESULT))

    [record] = outgoing(BOOK, judgement.outcome, NOW_US)
    assert (record.topic, record.key, record.timestamp_ms) == ("omm.alerts.eu", b"lobby-1", NOW_US // 1000)
    assert judgement.outcome == Judged((CODEC.decode(Alert, record.value),))


def test_the_same_frame_again_is_a_repeat_and_writes_nothing():
    first = judged(CODEC.encode(RESULT))
    again = judged(CODEC.encode(RESULT), state=first.state)

    assert again == Judgement(None, Repeat())
    assert outgoing(BOOK, again.outcome, NOW_US) == []


def test_the_result_of_a_camera_that_the_fleet_file_does_not_name_is_a_dead_letter():
    value = CODEC.encode(replace(RESULT, camera_id="lobby-2"))
    judgement = judged(value, camera_id="lobby-2")

    assert judgement.state is None
    assert isinstance(judgement.outcome, UnknownCamera)
    [letter] = outgoing(BOOK, judgement.outcome, NOW_US)
    assert (letter.value, letter.headers["stage"]) == (value, b"rules")
    assert b"camera: expected one of the fleet file" in letter.headers["error_text"]


def test_bytes_that_are_no_result_become_a_dead_letter():
    judgement = judged(b"\xc3\x01 not a result")

    assert isinstance(judgement.outcome, Refused)
    [record] = outgoing(BOOK, judgement.outcome, NOW_US)
    assert (record.topic, record.value) == ("omm.dlq.eu", b"\xc3\x01 not a result")
    assert (record.headers["stage"], record.headers["offset"]) == (b"rules", b"3")


def test_a_result_under_another_cameras_key_becomes_a_dead_letter():
    judgement = judged(CODEC.encode(RESULT), camera_id="lobby-2")

    assert isinstance(judgement.outcome, Refused)
    assert b"key: expected 'lobby-1', found 'lobby-2'" in judgement.outcome.dead_letter.headers["error_text"]


def test_absence_is_due_at_a_time_and_raised_once_the_watermark_is_there():
    absent = RULE.model_copy(update={"name": "unattended", "count": WatchedCount(fewer_than=1, for_us=5_000_000)})
    book = RuleBook(region="eu", cameras={"lobby-1": CAMERA.model_copy(update={"rules": (absent,)})})
    record = SourceRecord(b"lobby-1", CODEC.encode(replace(RESULT, boxes=())), "omm.detections.eu", 0, 3)
    first = judge(book, None, "lobby-1", record, NOW_US)
    assert first.due_at_us == NOW_US + 5_000_000

    passed = pass_time(book, first.state, "lobby-1", first.due_at_us, NOW_US + 7_000_000)

    [written] = outgoing(book, passed.outcome, NOW_US + 7_000_000)
    alert = CODEC.decode(Alert, written.value)
    assert (alert.rule, alert.kind, alert.captured_at_us) == ("unattended", "absence", NOW_US + 5_000_000)
    assert passed.due_at_us is None


def test_time_raises_nothing_for_a_camera_without_state():
    assert pass_time(BOOK, None, "lobby-1", NOW_US, NOW_US) == Judgement(None, Judged(()))
