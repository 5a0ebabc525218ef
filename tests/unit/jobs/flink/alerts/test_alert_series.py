"""What a worker shows of the alert job."""

import pytest

from ommatid_connectors.flink_kafka.records import SinkRecord
from ommatid_jobs.flink.alerts.alert_series import AlertSeries
from ommatid_jobs.flink.alerts.judgement import Judged, Refused, Repeat, UnknownCamera
from ommatid_jobs.operators.rule_versions import RulesInEffect
from ommatid_schemas import Alert
from ommatid_schemas.events import AlertType
from tests.sample_events import sample_alert
from tests.unit.jobs.operators.rule_versions.examples import FIRST

NOW_US = 1_800_000_000_000_000


@pytest.fixture
def series() -> AlertSeries:
    return AlertSeries("eu-west")


def alert(kind: AlertType, *, late: bool = False) -> Alert:
    return sample_alert(NOW_US, raised_at_us=NOW_US + 1_500_000, late=late, type=kind)


def value(series: AlertSeries, name: str, **labels: str) -> float | None:
    return series.registry.get_sample_value(f"ommatid_alerts_{name}", labels)


def test_results_are_judged_dropped_or_dead_letters(series: AlertSeries):
    letter = SinkRecord("omm.dlq.eu-west", b"", b"", {"error_class": b"DecodeError"}, None)
    for outcome in (Judged(()), Repeat(), Repeat(), UnknownCamera(letter), Refused(letter)):
        series.count(outcome)

    assert value(series, "results_in_total", region="eu-west") == 5
    assert value(series, "results_dropped_total", region="eu-west", reason="repeat") == 2
    assert value(series, "results_dropped_total", region="eu-west", reason="unknown_camera") == 1
    assert value(series, "dead_letters_total", region="eu-west", stage="rules", error="DecodeError") == 1


def test_an_alert_is_counted_by_its_rule_and_its_latency_by_its_group(series: AlertSeries):
    raised = alert(AlertType.NEW)
    series.count(Judged((raised,)))

    labels = {"region": raised.region, "priority": raised.priority.value, "group": raised.group}
    assert value(series, "raised_total", **labels, rule=raised.rule, type=raised.type.value) == 1
    assert value(series, "latency_seconds_sum", **labels) == 1.5


def test_answers_that_cannot_be_read_are_counted_by_rule(series: AlertSeries):
    series.count(Judged((), unreadable=("parcel",)))

    assert value(series, "answers_unreadable_total", region="eu-west", rule="parcel") == 1


@pytest.mark.parametrize("raised", [alert(AlertType.END), alert(AlertType.NEW, late=True)], ids=["end", "late"])
def test_latency_is_not_that_of_ends_nor_of_alerts_that_an_outage_held_back(raised: Alert, series: AlertSeries):
    series.count(Judged((raised,)))

    labels = {"region": raised.region, "priority": raised.priority.value, "group": raised.group}
    assert not value(series, "latency_seconds_count", **labels)


def test_the_rules_in_effect_are_shown(series: AlertSeries):
    series.show_rules(RulesInEffect(FIRST))

    assert value(series, "rules_version", region="eu-west") == 1
    assert value(series, "rules_applied_timestamp_seconds", region="eu-west") == 1.0


def test_records_of_rules_that_are_refused_are_dead_letters_of_their_own_stage(series: AlertSeries):
    series.count_refused_rules(SinkRecord("omm.dlq.eu-west", b"", b"", {"error_class": b"DecodeError"}, None))

    assert value(series, "dead_letters_total", region="eu-west", stage="rules_topic", error="DecodeError") == 1
