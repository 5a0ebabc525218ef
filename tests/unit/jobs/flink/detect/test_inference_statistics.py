"""Numbers that Flink reads as gauges."""

from ommatid_jobs.flink.detect.inference_statistics import WINDOW, InferenceStatistics


def test_without_a_call_everything_is_zero():
    statistics = InferenceStatistics()

    assert (statistics.frames(), statistics.batch_size_mean_milli(), statistics.duration_ms(0.99)) == (0, 0, 0)


def test_quantiles_are_durations_that_occurred():
    statistics = InferenceStatistics()
    for duration_ms in range(1, 101):
        statistics.record_call(2, float(duration_ms))

    assert [statistics.duration_ms(quantile) for quantile in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert (statistics.frames(), statistics.batch_size_mean_milli()) == (200, 2000)


def test_old_calls_leave_the_window_but_not_the_count():
    statistics = InferenceStatistics()
    statistics.record_call(8, 1000.0)
    for _ in range(WINDOW):
        statistics.record_call(1, 10.0)

    assert statistics.duration_ms(1.0) == 10
    assert statistics.frames() == 8 + WINDOW
