"""What becomes of a record of the status topic."""

import pytest

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_jobs.flink.alerts.watch_intake import Refused, Taken, Unwatched, take
from ommatid_jobs.flink.alerts.watch_series import WatchSeries
from ommatid_jobs.operators.camera_watch import RegionWatch
from ommatid_schemas import SingleObjectCodec
from tests.unit.jobs.operators.camera_watch.site import T0, book, status

BOOK = book("a")


def record(value: bytes | None, key: bytes = b"a") -> SourceRecord:
    return SourceRecord(key, value, "omm.status.eu", 2, 41)


def test_a_report_of_a_camera_is_taken():
    outcome = take(BOOK, {}, record(SingleObjectCodec().encode(status("a", 10))), 0)

    assert isinstance(outcome, Taken)
    assert (outcome.camera_id, outcome.camera.heard_us) == ("a", T0 + 10_000_000)


def test_a_camera_that_the_fleet_file_does_not_name_is_not_watched():
    report = SingleObjectCodec().encode(status("b", 10))

    assert take(BOOK, {}, record(report, b"b"), 0) == Unwatched("b")


@pytest.mark.parametrize(
    ("value", "key", "error"),
    [
        (b"not a status", b"a", "DecodeError"),
        (None, b"a", "DecodeError"),
        (SingleObjectCodec().encode(status("a", 10)), b"b", "MisplacedRecord"),
    ],
)
def test_a_record_that_is_no_report_of_its_key_becomes_a_dead_letter(value: bytes | None, key: bytes, error: str):
    outcome = take(BOOK, {}, record(value, key), 0)

    assert isinstance(outcome, Refused)
    assert outcome.dead_letter.topic == "omm.dlq.eu"
    assert outcome.dead_letter.headers["stage"] == b"watch"
    assert outcome.dead_letter.headers["error_class"] == error.encode()


def test_reports_in_are_those_taken_those_unwatched_and_dead_letters():
    series = WatchSeries("eu")
    for value, key in ((SingleObjectCodec().encode(status("a", 10)), b"a"), (b"", b"a")):
        series.count(take(BOOK, {}, record(value, key), 0))
    series.count(Unwatched("b"))
    series.show(RegionWatch(), 1, [])

    samples = {it.name: it.value for family in series.registry.collect() for it in family.samples}
    assert samples["ommatid_watch_reports_in_total"] == 3
    assert samples["ommatid_watch_reports_unwatched_total"] == samples["ommatid_watch_dead_letters_total"] == 1
    assert (samples["ommatid_watch_cameras"], samples["ommatid_watch_open"]) == (1, 0)
