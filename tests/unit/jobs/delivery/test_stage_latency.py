from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from ommatid_jobs.delivery.metrics import DeliveryMetrics
from ommatid_jobs.delivery.stage_latency import stages_s, stamps_us
from tests.unit.jobs.delivery.sample_alert import ALERT, CAPTURED_AT_US


def test_stages_go_on_to_the_acknowledgement() -> None:
    stages = stages_s(ALERT, ALERT.raised_at_us + 100_000, ALERT.raised_at_us + 350_000)

    assert stages == pytest.approx(
        {
            "edge": 0.05,
            "queue": 0.1,
            "infer": 0.2,
            "raise": 0.05,
            "deliver": 0.1,
            "acknowledge": 0.25,
            "total": 0.75,
        }
    )


def test_times_follow_from_the_latencies() -> None:
    assert stamps_us(ALERT) == {
        "published_at": CAPTURED_AT_US + 50_000,
        "admitted_at": CAPTURED_AT_US + 150_000,
        "inferred_at": CAPTURED_AT_US + 350_000,
    }


def test_a_time_after_a_missing_stage_is_not_made_up() -> None:
    stamps = stamps_us(replace(ALERT, latency_ms={"edge": 50.0, "infer": 200.0}))

    assert stamps == {"published_at": CAPTURED_AT_US + 50_000, "admitted_at": None, "inferred_at": None}


@pytest.mark.parametrize(("total_s", "late"), [(4.9, 0.0), (5.1, 1.0)])
def test_a_safety_alert_is_late_after_five_seconds(total_s: float, late: float) -> None:
    registry = CollectorRegistry()
    metrics = DeliveryMetrics(registry)

    metrics.stages(ALERT.priority, {"total": total_s})

    assert registry.get_sample_value("ommatid_alerts_late_total", {"priority": "safety"}) == late
    below = registry.get_sample_value(
        "ommatid_alert_stage_seconds_bucket", {"priority": "safety", "stage": "total", "le": "5.0"}
    )
    assert below == 1.0 - late
