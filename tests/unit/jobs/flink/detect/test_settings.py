"""What follows from a deployment's settings."""

import re

import pytest

from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_schemas import Priority


@pytest.mark.parametrize(
    ("priority", "bundle_ms"), [(Priority.SAFETY, 20), (Priority.STANDARD, 40), (Priority.INSIGHT, 250)]
)
def test_a_bundle_gathers_frames_as_long_as_a_batch_does(priority: Priority, bundle_ms: int):
    assert bundle_ms == DetectSettings(region="eu", priority=priority, groups={}).bundle_ms


def test_triggers_are_read_but_their_partitions_are_no_work_to_share():
    settings = DetectSettings(region="eu", priority=Priority.SAFETY, groups={})
    frames = "omm.frames.eu.safety.entrances"
    names = (frames, settings.triggers_topic, "omm.frames.eu.standard.yards")

    assert [name for name in names if re.fullmatch(settings.source_pattern, name)] == [frames, settings.triggers_topic]
    assert [name for name in names if re.fullmatch(settings.frames_pattern, name)] == [frames]
