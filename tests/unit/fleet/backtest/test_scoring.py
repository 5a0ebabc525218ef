import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_fleet.backtest.scoring import TrueEvent, parse_events, scored
from ommatid_schemas import AlertType, ConfigurationError
from tests.strategies import raised_alerts, true_events
from tests.unit.fleet.backtest.raised import raised

HOUR_S = 3600.0


@given(alerts=raised_alerts, events=true_events)
def test_every_figure_is_within_its_bounds(alerts: list[RaisedAlert], events: list[TrueEvent]):
    score = scored(alerts, events, HOUR_S)

    assert 0 <= score.found == len(score.delays_s) <= score.events == len(events)
    assert 0 <= score.false_alerts <= score.alerts == sum(it.is_new for it in alerts)
    assert score.false_per_hour == score.false_alerts
    assert all(delay_s >= 0 for delay_s in score.delays_s)


@given(alerts=raised_alerts, events=true_events, order=st.randoms())
def test_order_makes_no_difference(alerts: list[RaisedAlert], events: list[TrueEvent], order: random.Random):
    shuffled = order.sample(alerts, k=len(alerts)), order.sample(events, k=len(events))

    assert scored(*shuffled, HOUR_S) == scored(alerts, events, HOUR_S)


@given(alerts=raised_alerts, more=raised_alerts, events=true_events)
def test_another_alert_never_lowers_recall_nor_delays_what_was_found(
    alerts: list[RaisedAlert], more: list[RaisedAlert], events: list[TrueEvent]
):
    fewer, all_of_them = scored(alerts, events, HOUR_S), scored([*alerts, *more], events, HOUR_S)

    assert all_of_them.found >= fewer.found
    assert fewer.false_alerts <= all_of_them.false_alerts
    for event in events:
        before, after = (scored(it, [event], HOUR_S).delays_s for it in (alerts, [*alerts, *more]))
        assert not before or after[0] <= before[0]


@given(alerts=raised_alerts, events=true_events, other=true_events)
def test_another_event_never_makes_an_alert_false(
    alerts: list[RaisedAlert], events: list[TrueEvent], other: list[TrueEvent]
):
    assert scored(alerts, [*events, *other], HOUR_S).false_alerts <= scored(alerts, events, HOUR_S).false_alerts


@given(events=true_events)
def test_alerts_in_the_middle_of_all_events_find_them_all(events: list[TrueEvent]):
    alerts = [raised((it.start_s + it.end_s) / 2, label=it.label or "person") for it in events]
    score = scored(alerts, events, HOUR_S)

    assert score.recall == (1.0 if events else None)
    assert score.false_alerts == 0


@pytest.mark.parametrize(
    ("begun_s", "raised_s", "found"),
    [
        # The event is from 10 (inclusive) to 20 s (exclusive).
        (8.0, 9.9, 0),
        (8.0, 10.0, 1),
        (19.9, 21.0, 1),
        (20.0, 21.0, 0),
    ],
)
def test_an_alert_tells_of_an_event_that_its_frames_touch(begun_s: float, raised_s: float, found: int):
    score = scored([raised(raised_s, begun_s)], [TrueEvent(10.0, 20.0)], HOUR_S)

    assert (score.found, score.false_alerts) == (found, 1 - found)


def test_the_delay_is_from_the_start_of_the_event_to_its_first_alert():
    score = scored([raised(12.5), raised(11.0)], [TrueEvent(10.0, 20.0)], HOUR_S)

    assert score.delay_s == {"p50": 1.0, "max": 1.0}


def test_an_alert_with_another_label_tells_of_nothing():
    score = scored([raised(12.0, label="car")], [TrueEvent(10.0, 20.0, "person")], HOUR_S)

    assert (score.recall, score.false_alerts) == (0.0, 1)


def test_updates_and_ends_are_no_false_alerts():
    assert scored([raised(12.0, type=AlertType.UPDATE)], [], HOUR_S).false_alerts == 0


def test_events_are_read_with_and_without_labels():
    assert parse_events("start_s,end_s\n1.5,2\n", "x") == (TrueEvent(1.5, 2.0),)
    assert parse_events("\ufeffstart_s, end_s, label\n1, 2, person\n3, 4,\n", "x") == (
        TrueEvent(1.0, 2.0, "person"),
        TrueEvent(3.0, 4.0),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected the header start_s,end_s or start_s,end_s,label, found nothing"),
        ("start,end\n1,2\n", "expected the header .*, found start,end"),
        ("start_s,end_s\n1\n", "line 2: expected two times in seconds, found '1' and None"),
        ("start_s,end_s\n1,2,3\n", "line 2: expected no more values than the header has"),
        ("start_s,end_s\n1,inf\n", "line 2: expected 0 <= start_s < end_s, found 1 and inf"),
        ("start_s,end_s\n1,2\nx,2\n5,5\n", "line 3: expected two times.*; line 4: expected 0 <= start_s < end_s"),
    ],
)
def test_a_file_that_is_none_is_refused_with_every_line(text: str, complaint: str):
    with pytest.raises(ConfigurationError, match=f"^events.csv: {complaint}"):
        parse_events(text, "events.csv")
