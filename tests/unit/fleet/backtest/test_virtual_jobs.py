from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_fleet.backtest.deployment import Deployment, footage_deployment
from ommatid_fleet.backtest.virtual_jobs import LookedAt, VirtualJobs
from ommatid_jobs.detectors import FakeDetector, InferenceFailed
from ommatid_schemas import FrameEvent, SingleObjectCodec
from ommatid_schemas.fleet_file import parse_fleet
from tests.sample_events import sample_frame
from tests.unit.fleet.backtest.raised import START_US

JPEG = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
TOPIC = "omm.frames.eu.safety.entrances"
FLEET = """
version: 1
regions: {eu: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {entrances: {priority: safety, sampling: {motion: 5/s}}}
cameras: {lobby-1: {url: "rtsp://camera/1", region: eu, group: entrances}}
rules:
  person: {groups: [entrances], labels: [person], max_per_hour: 1, cooldown: 0s}
  by-night:
    groups: [entrances]
    labels: [person]
    schedule: {timezone: UTC, windows: ["Mon-Sun 20:00-06:00"]}
"""
UNATTENDED = "  unattended: {groups: [entrances], labels: [person], count: {fewer_than: 1, for: 10s}}\n"


def deployment() -> Deployment:
    return footage_deployment(parse_fleet(FLEET), "lobby-1", "fleet.yaml")


@pytest.fixture
def started() -> Generator[Callable[[FakeDetector], VirtualJobs]]:
    running: list[VirtualJobs] = []

    def start(detector: FakeDetector) -> VirtualJobs:
        running.append(VirtualJobs(deployment(), {"nanodet-416": detector}, START_US))
        return running[-1]

    yield start
    for jobs in running:
        jobs.close()


def frame(number: int, **changes: Any) -> FrameEvent:
    """Frame ``number`` of the camera, 5 a second."""
    return sample_frame(START_US + 200_000 * number, image=JPEG, **changes)


def record(event: FrameEvent) -> SourceRecord:
    return SourceRecord(event.camera_id.encode(), SingleObjectCodec().encode(event), TOPIC, 0, event.sequence)


def took(jobs: VirtualJobs, event: FrameEvent) -> list[str]:
    seen = jobs.take(record(event), event.published_at_us)
    return [] if seen is None else [alert.alert_id for alert in seen.alerts]


def test_frames_lead_to_an_alert_as_the_rule_says(started: Callable[[FakeDetector], VirtualJobs]):
    jobs = started(FakeDetector())

    alerts = [took(jobs, frame(number)) for number in range(4)]

    assert [len(it) for it in alerts] == [0, 1, 0, 0]
    assert jobs.looked_at == {"MOTION": 2, "EVENT": 2}


def test_the_same_frames_give_the_same_alerts_with_the_same_times(started: Callable[[FakeDetector], VirtualJobs]):
    def all_seen(jobs: VirtualJobs) -> list[LookedAt | None]:
        return [jobs.take(record(it), it.published_at_us) for it in map(frame, range(4))]

    seen = all_seen(started(FakeDetector()))

    assert any(it.alerts for it in seen if it is not None)
    assert all_seen(started(FakeDetector())) == seen


def test_a_detection_reaches_the_edge_as_a_trigger_after_a_while(started: Callable[[FakeDetector], VirtualJobs]):
    jobs = started(FakeDetector())
    took(jobs, frame(0))

    assert jobs.triggers_by(START_US + 499_999) == []
    (trigger,) = jobs.triggers_by(START_US + 500_000)
    assert trigger.cause_frame_id == frame(0).frame_id
    assert jobs.triggers_by(START_US + 500_000) == []


def test_objects_are_told_of_with_their_tracks(started: Callable[[FakeDetector], VirtualJobs]):
    jobs = started(FakeDetector())

    seen = [jobs.take(record(frame(number)), frame(number).published_at_us) for number in range(2)]

    assert [list(it.objects) for it in seen if it is not None] == [[f"{frame(0).frame_id}/0"]] * 2


def test_rules_that_the_schedule_never_armed_are_known(started: Callable[[FakeDetector], VirtualJobs]):
    jobs = started(FakeDetector())

    took(jobs, frame(0))

    assert jobs.never_armed == ("by-night",)


def test_what_fails_becomes_a_dead_letter_of_its_stage(started: Callable[[FakeDetector], VirtualJobs]):
    def fail(_: object) -> tuple[()]:
        raise InferenceFailed("no")

    jobs = started(FakeDetector(fail))

    took(jobs, frame(0))
    took(jobs, frame(1, region="us"))

    assert jobs.dead_letters == {"inference": 1, "sampler": 1}


def test_absence_is_raised_at_the_end_though_no_frame_follows():
    of = footage_deployment(parse_fleet(FLEET + UNATTENDED), "lobby-1", "fleet.yaml")
    with closing(VirtualJobs(of, {"nanodet-416": FakeDetector(lambda _: ())}, START_US)) as jobs:
        taken = [took(jobs, frame(number)) for number in range(3)]
        too_early, due, again = (jobs.end(START_US + at_us) for at_us in (9_999_999, 10_000_000, 20_000_000))

    assert taken == [[], [], []]
    assert (too_early, again) == ([], [])
    ((last, (alert,)),) = [(it.frame, it.alerts) for it in due]
    assert (alert.rule, alert.kind, alert.captured_at_us) == ("unattended", "absence", START_US + 10_000_000)
    assert last == frame(2)


@given(frames=st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["eu", "eu", "us"])), max_size=8))
def test_every_frame_is_looked_at_dropped_or_a_dead_letter(frames: list[tuple[int, str]]):
    with closing(VirtualJobs(deployment(), {"nanodet-416": FakeDetector()}, START_US)) as jobs:
        for number, region in frames:
            took(jobs, frame(number, region=region))

        assert jobs.looked_at.total() + jobs.dropped.total() + jobs.dead_letters["sampler"] == len(frames)
