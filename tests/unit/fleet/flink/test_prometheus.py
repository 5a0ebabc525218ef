from ommatid_fleet.flink.prometheus import MetricSample, parse, total

# What two TaskManagers exported for a sampler that counts drops in the group reason=... [Flink 2.3.0, shortened].
FIRST = """\
# HELP flink_taskmanager_job_task_operator_reason_sampler_dropped sampler_dropped (scope: taskmanager_job_task_operator)
# TYPE flink_taskmanager_job_task_operator_reason_sampler_dropped gauge
flink_taskmanager_job_task_operator_reason_sampler_dropped{job_id="a",tm_id="tm_1",reason="stale",} 3.0
flink_taskmanager_job_task_operator_reason_sampler_dropped{job_id="a",tm_id="tm_1",reason="baseline",} 10.0
# HELP flink_taskmanager_job_task_operator_sampler_in sampler_in (scope: taskmanager_job_task_operator)
# TYPE flink_taskmanager_job_task_operator_sampler_in gauge
flink_taskmanager_job_task_operator_sampler_in{job_id="a",tm_id="tm_1",} 20.0
"""
SECOND = """\
# TYPE flink_taskmanager_job_task_operator_reason_sampler_dropped gauge
flink_taskmanager_job_task_operator_reason_sampler_dropped{job_id="b",tm_id="tm_2",reason="stale",} 4.0
"""


def samples() -> list[MetricSample]:
    return parse(FIRST) + parse(SECOND)


def test_a_counter_is_summed_over_taskmanagers_by_a_label():
    assert total(samples(), "sampler_dropped", by="reason") == {"stale": 7.0, "baseline": 10.0}


def test_without_a_label_there_is_one_sum():
    assert total(samples(), "sampler_dropped") == {"": 17.0}


def test_only_samples_with_the_wanted_labels_count():
    assert total(samples(), "sampler_dropped", by="reason", where={"job_id": "b"}) == {"stale": 4.0}


def test_a_suffix_matches_whole_words_only():
    assert total(samples(), "ampler_in") == {}


def test_a_metric_that_nobody_exports_has_no_sum():
    assert total(samples(), "never_counted") == {}
