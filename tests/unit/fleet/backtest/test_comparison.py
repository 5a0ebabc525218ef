from collections import Counter

from hypothesis import given

from ommatid_fleet.backtest.comparison import WITHIN_S, compared
from ommatid_fleet.backtest.raised_alert import RaisedAlert
from ommatid_schemas import AlertType
from tests.strategies import raised_alerts
from tests.unit.fleet.backtest.raised import raised


def key(it: RaisedAlert) -> tuple[str, str, str, float]:
    return it.alert.camera_id, it.alert.rule, it.alert.label, it.raised_s


def new(alerts: list[RaisedAlert]) -> Counter[tuple[str, str, str, float]]:
    return Counter(key(it) for it in alerts if it.is_new)


@given(alerts=raised_alerts)
def test_a_configuration_changes_nothing_against_itself(alerts: list[RaisedAlert]):
    found = compared(alerts, alerts)

    assert (found.moved, found.only_a, found.only_b) == ((), (), ())
    assert Counter(map(key, found.same)) == new(alerts)


@given(a=raised_alerts, b=raised_alerts)
def test_each_alert_is_told_of_exactly_once(a: list[RaisedAlert], b: list[RaisedAlert]):
    found = compared(a, b)

    both = [*found.same]
    assert Counter(map(key, [*both, *found.only_a, *(it.a for it in found.moved)])) == new(a)
    assert Counter(map(key, [*both, *found.only_b, *(it.b for it in found.moved)])) == new(b)


@given(a=raised_alerts, b=raised_alerts)
def test_the_other_way_round_what_is_gone_is_new(a: list[RaisedAlert], b: list[RaisedAlert]):
    there, back = compared(a, b), compared(b, a)

    assert [*map(key, there.only_a)] == [*map(key, back.only_b)]
    assert [*map(key, there.only_b)] == [*map(key, back.only_a)]
    assert sorted((key(it.a), key(it.b)) for it in there.moved) == sorted((key(it.b), key(it.a)) for it in back.moved)


@given(a=raised_alerts, b=raised_alerts)
def test_only_near_alerts_of_one_rule_label_and_camera_are_the_same_one(a: list[RaisedAlert], b: list[RaisedAlert]):
    for it in compared(a, b).moved:
        assert key(it.a)[:3] == key(it.b)[:3]
        assert 0 < abs(it.by_s) <= WITHIN_S


def test_the_nearest_ones_are_paired():
    # a:  10      14
    # b:      12.5    15
    found = compared([raised(10.0), raised(14.0)], [raised(12.5), raised(15.0)])

    assert [(it.a.raised_s, it.b.raised_s, it.by_s) for it in found.moved] == [(10.0, 12.5, 2.5), (14.0, 15.0, 1.0)]


def test_an_alert_that_comes_too_late_is_another_one():
    found = compared([raised(10.0)], [raised(21.0)])

    assert [it.raised_s for it in found.only_a] == [10.0]
    assert [it.raised_s for it in found.only_b] == [21.0]


def test_updates_and_ends_are_not_compared():
    assert compared([raised(10.0, type=AlertType.END)], []).only_a == ()
