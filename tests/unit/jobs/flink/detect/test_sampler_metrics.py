"""What a worker shows of its sampler, in its own endpoint."""

from dataclasses import replace

import pytest

from ommatid_connectors.flink_kafka.records import SinkRecord, SourceRecord
from ommatid_jobs.flink.detect.intake import AdmittedFrame, Intake, TriggerTaken
from ommatid_jobs.flink.detect.sampler_metrics import OTHER, SamplerSeries, group_of
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_jobs.operators.sampler import Dropped, DropReason
from ommatid_schemas import Priority, Reason
from ommatid_schemas.fleet_file import Sampling
from tests.sample_events import sample_frame

SETTINGS = DetectSettings(
    region="eu-west",
    priority=Priority.SAFETY,
    groups={name: GroupSettings(detector="fake", policy=Sampling().policy) for name in ("entrances", "yards")},
)
RECORD = SourceRecord(b"lobby-1", b"", "omm.frames.eu-west.safety.entrances", 0, 7)
ADMITTED = Intake(b"", AdmittedFrame(sample_frame(1, "lobby-1"), RECORD, Reason.MOTION, 2), 1_500_000)
REFUSED = Intake(None, SinkRecord("omm.dlq.eu-west", b"", b"", {"error_class": b"DecodeError"}, None))


@pytest.fixture
def series() -> SamplerSeries:
    return SamplerSeries(SETTINGS, {"entrances": 0.25, "yards": 1.0}.__getitem__)


def value(series: SamplerSeries, name: str, **labels: str) -> float | None:
    labels = {"region": "eu-west", "priority": "safety"} | labels
    return series.registry.get_sample_value(f"ommatid_detect_{name}", labels)


def test_every_group_and_reason_is_there_at_zero_before_the_first_frame(series: SamplerSeries):
    dropped = [value(series, "frames_dropped_total", group="yards", reason=reason.value) for reason in DropReason]
    admitted = [value(series, "frames_admitted_total", group="yards", reason=reason.value) for reason in Reason]

    assert {*dropped, *admitted, value(series, "frames_in_total", group="yards")} == {0}


def test_frames_in_are_admitted_dropped_or_dead_letters(series: SamplerSeries):
    for intake in (ADMITTED, ADMITTED, Intake(b"", Dropped(DropReason.STALE), 60_000_000), REFUSED):
        series.count(RECORD, intake)

    assert value(series, "frames_in_total", group="entrances") == 4
    assert value(series, "frames_admitted_total", group="entrances", reason="MOTION") == 2
    assert value(series, "frames_dropped_total", group="entrances", reason="stale") == 1
    dead = {"group": "entrances", "stage": "sampler", "error": "DecodeError"}
    assert value(series, "dead_letters_total", **dead) == 1


def test_the_age_of_frames_that_are_shed_is_in_the_histogram_too(series: SamplerSeries):
    series.count(RECORD, ADMITTED)
    series.count(RECORD, Intake(b"", Dropped(DropReason.STALE), 60_000_000))

    assert value(series, "message_age_seconds_bucket", group="entrances", le="2.5") == 1
    assert value(series, "message_age_seconds_sum", group="entrances") == 61.5


def test_a_clock_ahead_of_ours_makes_no_negative_age(series: SamplerSeries):
    series.count(RECORD, replace(ADMITTED, age_us=-5_000_000))

    assert value(series, "message_age_seconds_sum", group="entrances") == 0


def test_a_trigger_is_no_frame(series: SamplerSeries):
    series.count(replace(RECORD, topic="omm.triggers.eu-west.safety"), Intake(b"", TriggerTaken()))

    assert value(series, "triggers_total") == 1
    assert value(series, "frames_in_total", group="entrances") == 0


def test_the_fill_of_a_budget_is_asked_for_at_the_scrape(series: SamplerSeries):
    assert value(series, "budget_fill_ratio", group="entrances") == 0.25


@pytest.mark.parametrize("topic", ["omm.frames.eu-west.safety.attic", "omm.frames.eu.safety.entrances", "else"])
def test_topics_of_no_known_group_share_one_label(topic: str):
    assert group_of(SETTINGS, topic) == OTHER
