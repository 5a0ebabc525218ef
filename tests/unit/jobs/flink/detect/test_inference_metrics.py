"""What a worker shows of its model calls."""

from prometheus_client import generate_latest

from ommatid_jobs.detectors import FakeDetector, Gauges
from ommatid_jobs.flink.detect.inference_metrics import InferenceMetrics
from ommatid_jobs.flink.detect.settings import DetectSettings, GroupSettings
from ommatid_schemas import Priority
from ommatid_schemas.fleet_file import Sampling

DEPLOYMENT = {"region": "eu", "priority": "safety"}


class Counting(FakeDetector):
    """Counts requests, millionths of money and thousandths of failure."""

    @property
    def gauges(self) -> Gauges:
        return {
            "requests": lambda: 3,
            "spent_micros": lambda: 2_500_000,
            "error_rate_milli": lambda: 250,
            "on_gpu": lambda: 1,
        }


def metrics() -> InferenceMetrics:
    group = GroupSettings(detector="fake", policy=Sampling().policy)
    settings = DetectSettings(region="eu", priority=Priority.SAFETY, groups={"entrances": group})
    return InferenceMetrics(settings, {"fake": Counting()})


def value(shown: InferenceMetrics, name: str, **labels: str) -> float | None:
    return shown.registry.get_sample_value(f"ommatid_{name}", DEPLOYMENT | labels)


def test_everything_is_there_at_zero_before_the_first_frame():
    shown = metrics()

    assert value(shown, "detect_results_total", group="entrances") == 0
    assert value(shown, "detect_inference_seconds_count", detector="fake") == 0
    assert value(shown, "detect_batch_size_bucket", detector="fake", le="+Inf") == 0


def test_a_call_counts_its_frames_and_its_duration():
    shown = metrics()
    shown.record_call("fake", 8, 0.03)
    shown.record_call("fake", 2, 0.5)

    assert value(shown, "detect_batch_size_sum", detector="fake") == 10
    assert value(shown, "detect_batch_size_bucket", detector="fake", le="4.0") == 1
    assert value(shown, "detect_inference_seconds_bucket", detector="fake", le="0.04") == 1
    assert value(shown, "detect_inference_seconds_sum", detector="fake") == 0.53


def test_numbers_of_detectors_have_the_units_of_their_names():
    shown = metrics()

    assert value(shown, "detector_requests_total", detector="fake") == 3
    assert value(shown, "detector_spent_total", detector="fake") == 2.5
    assert value(shown, "detector_error_rate", detector="fake") == 0.25
    assert value(shown, "detector_on_gpu", detector="fake") == 1


def test_the_version_that_serves_is_shown():
    assert value(metrics(), "detector_info", detector="fake", version=FakeDetector.version) == 1


def test_a_dead_letter_is_counted_by_its_error_and_its_text_is_nowhere():
    shown = metrics()
    shown.record_dead_letter("entrances", "inference", ValueError("hunter2"))

    labels = {"group": "entrances", "stage": "inference", "error": "ValueError"}
    assert value(shown, "detect_dead_letters_total", **labels) == 1
    assert b"hunter2" not in generate_latest(shown.registry)
