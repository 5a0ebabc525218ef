from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from ommatid_connectors.kafka import Expired, ReadFailed, Record, TopicPosition
from ommatid_connectors.kafka.fake_reader import FakeRecordReader
from ommatid_connectors.object_store import FolderStore
from ommatid_jobs.delivery import Snapshot
from ommatid_jobs.delivery.evidence_frames import EvidenceFrames
from ommatid_jobs.delivery.people_hider import PeopleHider
from ommatid_jobs.delivery.snapshot_drawing import Polygon
from ommatid_jobs.delivery.snapshot_maker import SnapshotMaker, zones_from
from ommatid_schemas import (
    Alert,
    Box,
    Evidence,
    FrameEvent,
    FrameRef,
    FrameResult,
    SingleObjectCodec,
)
from ommatid_schemas.fleet_file import parse_fleet
from tests.sample_events import sample_frame
from tests.unit.jobs.delivery.sample_alert import ALERT as SAMPLE

Answers = Mapping[TopicPosition, Record | Expired | ReadFailed]
AT = TopicPosition("omm.frames.eu-west.safety.entrances", 1, 7)
JPEG = cv2.imencode(".jpg", np.full((90, 160, 3), 117, dtype=np.uint8))[1].tobytes()
FRAME = sample_frame(1_000_000, region="eu-west", width=160, height=90, image=JPEG)
EVIDENCE = Evidence(
    FRAME.frame_id,
    FRAME.captured_at_us,
    FrameRef(AT.topic, AT.partition, AT.offset),
    (Box("person", 0.87, 0.2, 0.2, 0.2, 0.5),),
)
ALERT = replace(SAMPLE, evidence=(EVIDENCE,))
FLEET = """
version: 1
regions: {eu-west: {kafka: {bootstrap: "localhost:9092"}}}
groups: {entrances: {priority: safety}}
cameras:
  lobby-1:
    url: "rtsp://10.0.0.7/main"
    region: eu-west
    group: entrances
    zones: {door: {coordinates: [0.4, 0.5, 0.6, 0.5, 0.6, 1.0]}}
"""


def record(frame: FrameEvent) -> Record:
    return Record(AT.topic, AT.partition, AT.offset, b"lobby-1", SingleObjectCodec().encode(frame), 1000, {})


def no_zones(alert: Alert) -> Sequence[Polygon]:
    return ()


def several(*seconds: float) -> tuple[Alert, Answers]:
    """An alert with frames of these times, one after the other in its partition, and the frames."""
    evidence, answers = list[Evidence](), dict[TopicPosition, Record | Expired | ReadFailed]()
    for number, at_s in enumerate(seconds):
        at = TopicPosition(AT.topic, AT.partition, number)
        image = cv2.imencode(".jpg", np.full((90, 160, 3), 50 * number, dtype=np.uint8))[1].tobytes()
        frame = sample_frame(round(at_s * 1e6), region="eu-west", width=160, height=90, image=image)
        evidence.append(replace(EVIDENCE, frame_id=frame.frame_id, frame_ref=FrameRef(at.topic, at.partition, number)))
        answers[at] = replace(record(frame), offset=number)
    return replace(ALERT, evidence=tuple(evidence)), answers


class NoResults:
    def find(self, frames: Sequence[FrameEvent]) -> Mapping[str, FrameResult]:
        del frames
        return {}


def make(folder: Path, answer: Record | Expired | ReadFailed, alert: Alert = ALERT, redact: str = "none") -> Snapshot:
    return make_clip(folder, {AT: answer}, alert, redact, clips=False)


def make_clip(folder: Path, answers: Answers, alert: Alert, redact: str = "none", *, clips: bool = True) -> Snapshot:
    fleet = parse_fleet(FLEET.replace("safety}", f"safety, redact: {redact}}}"))
    hider, results = PeopleHider.of(fleet), NoResults()
    frames = EvidenceFrames(FakeRecordReader(answers), SingleObjectCodec())
    return SnapshotMaker(frames, FolderStore(folder), no_zones, hider, results, clips=clips).make(alert)


def test_the_picture_is_stored_under_the_alert(tmp_path: Path) -> None:
    snapshot = make(tmp_path, record(FRAME))

    path = tmp_path / "eu-west/2026-09-21/lobby-1/4f1c.jpg"
    assert snapshot == Snapshot(path.as_uri(), width_px=160, height_px=90)
    assert path.read_bytes() != JPEG


def test_an_expired_frame_is_the_reason(tmp_path: Path) -> None:
    snapshot = make(tmp_path, Expired(AT, low_watermark=12))

    assert snapshot.error == f"{AT.topic} partition 1: offset 7 has passed retention, the oldest is 12"


def test_a_frame_that_cannot_be_read_is_the_reason(tmp_path: Path) -> None:
    assert make(tmp_path, ReadFailed("no broker", retriable=True)) == Snapshot(error="no broker")


def test_another_frame_at_the_position_is_not_taken_as_evidence(tmp_path: Path) -> None:
    snapshot = make(tmp_path, record(replace(FRAME, frame_id="lobby-2/5")))

    assert snapshot.error is not None
    assert "expected frame lobby-1/1000000, found lobby-2/5" in snapshot.error
    assert not list(tmp_path.iterdir())


def test_a_record_that_is_no_frame_is_the_reason(tmp_path: Path) -> None:
    snapshot = make(tmp_path, replace(record(FRAME), value=b"corrupt"))

    assert snapshot.error is not None
    assert "expected Avro single-object encoding" in snapshot.error


def test_a_damaged_image_is_the_reason_and_the_size_is_still_told(tmp_path: Path) -> None:
    snapshot = make(tmp_path, record(replace(FRAME, image=JPEG[:100])))

    assert snapshot.url is None
    assert snapshot.error is not None
    assert (snapshot.width_px, snapshot.height_px) == (160, 90)


def test_a_picture_whose_people_cannot_be_hidden_is_not_stored(tmp_path: Path) -> None:
    snapshot = make(tmp_path, record(FRAME), redact="persons")

    assert (snapshot.url, snapshot.withheld, snapshot.width_px) == (None, True, 160)
    assert not list(tmp_path.iterdir())


def test_a_store_that_fails_is_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    snapshot = make(tmp_path / "file", record(FRAME))

    assert snapshot.error is not None
    assert "expected to write" in snapshot.error


def test_an_alert_without_evidence_has_no_picture(tmp_path: Path) -> None:
    snapshot = make(tmp_path, record(FRAME), replace(ALERT, evidence=()))

    assert snapshot == Snapshot(error="the alert names no frame")


def test_several_frames_are_a_clip_beside_the_picture(tmp_path: Path) -> None:
    alert, answers = several(1.0, 1.5, 9.0)

    snapshot = make_clip(tmp_path, answers, alert)

    path = tmp_path / "eu-west/2026-09-21/lobby-1/4f1c.webp"
    assert (snapshot.clip_url, snapshot.clip_error) == (path.as_uri(), None)
    assert (tmp_path / "eu-west/2026-09-21/lobby-1/4f1c.jpg").exists()
    with Pillow.open(path) as clip:
        assert getattr(clip, "n_frames", 1) == 3


def test_one_frame_is_no_clip_and_that_is_no_error(tmp_path: Path) -> None:
    alert, answers = several(1.0)

    snapshot = make_clip(tmp_path, answers, alert)

    assert (snapshot.clip_url, snapshot.clip_error) == (None, None)


def test_a_clip_goes_without_frames_that_are_gone(tmp_path: Path) -> None:
    alert, answers = several(1.0, 1.5, 2.0)
    answers = {**answers, next(iter(answers)): ReadFailed("gone", retriable=False)}

    snapshot = make_clip(tmp_path, answers, alert)

    assert snapshot.clip_url is not None
    with Pillow.open(tmp_path / "eu-west/2026-09-21/lobby-1/4f1c.webp") as clip:
        assert getattr(clip, "n_frames", 1) == 2


def test_a_clip_whose_people_cannot_be_hidden_is_not_stored(tmp_path: Path) -> None:
    alert, answers = several(1.0, 1.5)

    snapshot = make_clip(tmp_path, answers, alert, redact="faces")

    assert (snapshot.clip_url, snapshot.clip_error) == (None, "less than two of its frames can be shown")
    assert not list(tmp_path.iterdir())


def test_zones_come_from_the_fleet_file() -> None:
    zones_of = zones_from(parse_fleet(FLEET))

    assert zones_of(ALERT) == [(0.4, 0.5, 0.6, 0.5, 0.6, 1.0)]


def test_a_camera_or_zone_that_the_fleet_no_longer_has_is_left_out() -> None:
    zones_of = zones_from(parse_fleet(FLEET))

    assert not zones_of(replace(ALERT, zones=("gate",)))
    assert not zones_of(replace(ALERT, camera_id="lobby-2"))
