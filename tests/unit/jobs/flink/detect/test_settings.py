"""What follows from a deployment's settings."""

import pytest

from ommatid_jobs.flink.detect.settings import DetectSettings
from ommatid_schemas import Priority


@pytest.mark.parametrize(
    ("priority", "bundle_ms"), [(Priority.SAFETY, 50), (Priority.STANDARD, 50), (Priority.INSIGHT, 250)]
)
def test_a_bundle_gathers_frames_as_long_as_a_batch_does_but_not_for_a_few_only(priority: Priority, bundle_ms: int):
    assert bundle_ms == DetectSettings(region="eu", priority=priority, groups={}).bundle_ms
