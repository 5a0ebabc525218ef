import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_fleet.demo.accounting import (
    DemoReport,
    FrameCounts,
    ReceivedAlert,
    latency_percentiles_ms,
    percentile,
    unaccounted,
)


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.floats(0.01, 1))
def test_at_least_the_share_of_values_does_not_exceed_the_percentile(values: list[float], share: float):
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_a_percentile_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="expected at least one value"):
        percentile([], 0.5)


def test_latency_is_from_capture_to_the_webhook_in_milliseconds():
    alerts = [ReceivedAlert(str(n), captured_at_us=0, received_at_us=n * 1000) for n in range(1, 101)]

    assert latency_percentiles_ms(alerts) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}


def test_a_run_without_alerts_has_no_percentiles():
    assert latency_percentiles_ms([]) == {}


def test_a_frame_is_inferred_dropped_or_a_dead_letter():
    frames = FrameCounts(captured=100, published=20, admitted=17, inferred=15)

    assert unaccounted(frames, {"stale": 1, "duplicate": 2}, dead_letters=2) == 0


def test_the_report_is_plain_json():
    report = DemoReport(12.5, 3, 0, {"p50": 1.0}, FrameCounts(10, 5, 5, 5), {"not_due": 5}, {}, 0, 0)

    written = json.loads(json.dumps(report.as_json()))

    assert written["first_alert_s"] == 12.5
    assert written["frames"] == {"captured": 10, "published": 5, "admitted": 5, "inferred": 5}
