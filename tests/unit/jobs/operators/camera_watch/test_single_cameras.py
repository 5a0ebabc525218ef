"""One camera in trouble while others are well: when its alert is raised, what it says, and when it is over."""

from collections.abc import Iterable

import pytest

from ommatid_jobs.operators.camera_watch import WatchRule, expected, reported
from ommatid_schemas import Alert, CameraState, CameraStatus, Severity, Tampering
from ommatid_schemas.fleet_file import Schedule
from tests.unit.jobs.operators.camera_watch.site import T0, S, Site, book, rule, status, told, well

OTHERS = ("b", "c", "d", "e")


def alerts_about(reports: Iterable[CameraStatus], until_s: int, *rules: WatchRule) -> list[Alert]:
    """What is said when camera ``a`` is reported so, and four others are well."""
    others = [it for name in OTHERS for it in well(name, 0, until_s + 10)]
    return Site(book(("a", *OTHERS), *rules)).live([*reports, *others], until_s)


def off(from_s: int, to_s: int, state: CameraState = CameraState.BACKING_OFF) -> list[CameraStatus]:
    return [status("a", at_s, state, since_s=from_s) for at_s in range(from_s, to_s, 10)]


def test_a_camera_that_nobody_reports_is_silent_until_it_is_reported_again():
    alerts = alerts_about([*well("a", 0, 100), *well("a", 200, 300)], 300)

    assert told(alerts) == [("new", "silent", "gw-1", 150.0), ("end", "silent", "gw-1", 200.0)]
    assert {it.alert_id for it in alerts} == {alerts[0].alert_id}
    assert {it.started_at_us for it in alerts} == {T0 + 90 * S}
    assert [it.ended_at_us for it in alerts] == [None, T0 + 200 * S]


def test_an_alert_has_what_its_rule_and_its_camera_say():
    health = rule(severity=Severity.HIGH, deliver=("ops",))

    alert = alerts_about(well("a", 0, 100), 200, health)[0]

    assert (alert.rule, alert.camera_id, alert.region, alert.group) == ("health", "a", "eu", "yards")
    assert (alert.severity, alert.deliver, alert.priority) == (Severity.HIGH, ("ops",), "standard")
    assert (alert.zones, alert.evidence, alert.score) == ((), (), 1.0)


def test_an_agent_that_starts_again_in_time_says_nothing():
    again = [status("a", 140, CameraState.CONNECTING, since_s=140), *well("a", 141, 300)]

    assert alerts_about([*well("a", 0, 100), *again], 300) == []


def test_a_camera_without_pictures_is_offline_with_the_first_reason_that_is_known():
    reports = [
        *well("a", 0, 50),
        status("a", 50, CameraState.CONNECTING, since_s=50),
        status("a", 56, CameraState.UNAUTHORISED, since_s=56),
        status("a", 66, CameraState.CONNECTING, since_s=66),
        *off(70, 120, CameraState.UNAUTHORISED),
        status("a", 120, since_s=117),
        *well("a", 130, 200),
    ]

    alerts = alerts_about(reports, 200)

    assert told(alerts) == [("new", "offline", "unauthorised", 80.0), ("end", "offline", "unauthorised", 120.0)]
    assert {it.started_at_us for it in alerts} == {T0 + 50 * S}


def test_a_connection_that_is_back_in_time_says_nothing():
    reports = [*well("a", 0, 50), *off(50, 75), status("a", 76, since_s=76), *well("a", 80, 200)]

    assert alerts_about(reports, 200) == []


@pytest.mark.parametrize("label", list(Tampering))
def test_a_fault_of_the_picture_is_an_alert_where_the_rule_names_it(label: Tampering):
    reports = [
        *well("a", 0, 50),
        *(status("a", at_s, tampering={label: 45}) for at_s in range(50, 100, 10)),
        *well("a", 100, 200),
    ]

    assert told(alerts_about(reports, 200, rule(tampered=(label,)))) == [
        ("new", "tampered", label, 50.0),
        ("end", "tampered", label, 100.0),
    ]
    assert alerts_about(reports, 200) == []


def test_a_fault_of_the_picture_goes_on_while_the_camera_connects_again():
    moved = {"moved": 45.0}
    reports = [
        *(status("a", at_s, tampering=moved) for at_s in (50, 60)),
        *(status("a", at_s, CameraState.BACKING_OFF, since_s=65, tampering=moved) for at_s in (65, 75)),
        *(status("a", at_s, since_s=78, tampering=moved) for at_s in range(78, 120, 10)),
    ]

    assert told(alerts_about(reports, 120, rule(tampered=("moved",)))) == [("new", "tampered", "moved", 50.0)]


def test_a_camera_that_is_switched_off_is_not_silent():
    assert alerts_about([*well("a", 0, 50), status("a", 55, CameraState.DISABLED)], 200) == []


def test_a_cooldown_delays_the_next_alert_and_swallows_what_is_over_by_then():
    flapping = [*off(10, 50), status("a", 51, since_s=51), *off(60, 100), status("a", 101, since_s=101), *off(110, 390)]

    alerts = alerts_about(flapping, 380, rule(cooldown_us=300 * S))

    assert told(alerts) == [
        ("new", "offline", "backing_off", 40.0),
        ("end", "offline", "backing_off", 51.0),
        ("new", "offline", "backing_off", 340.0),
    ]


def test_what_is_due_while_the_rule_is_not_armed_is_raised_once_it_is():
    at_night = Schedule.model_validate({"timezone": "UTC", "windows": ["Mon-Sun 22:15-06:00"]})  # T0 is 22:13:20

    alerts = alerts_about(off(10, 200), 200, rule(schedule=at_night))

    assert told(alerts) == [("new", "offline", "backing_off", 100.0)]


def test_an_older_report_changes_nothing():
    reports = [status("a", 5, CameraState.STALLED, since_s=5)]
    site = Site(book("a"))
    site.take(*well("a", 0, 60), *reports)

    assert site.judge(100) == []


def test_an_agent_whose_clock_was_set_back_is_believed_after_three_reports():
    site = Site(book("a"))
    site.take(*well("a", 3600, 3660), *well("a", 0, 40))

    assert site.cameras["a"].heard_us == T0 + 30 * S


def test_a_camera_that_no_agent_reports_is_silent_until_one_does():
    site = Site(book(("a", *OTHERS)))
    site.cameras["a"] = expected(T0 + 20 * S)

    alerts = site.live([it for name in OTHERS for it in well(name, 0, 210)] + well("a", 150, 210), 200)

    assert told(alerts) == [("new", "silent", "no agent", 80.0), ("end", "silent", "no agent", 150.0)]


def test_the_first_report_of_a_camera_counts_though_it_is_from_before_it_was_expected():
    known = reported(expected(T0 + 20 * S), status("a", 10), T0)

    assert (known.agent_id, known.heard_us) == ("gw-1", T0 + 10 * S)


def test_a_rule_that_is_gone_ends_its_alerts():
    site = Site(book("ab"))
    site.live([*well("a", 0, 100), *well("b", 0, 200)], 200)
    site.book = book("ab", rule("other", silent_s=None))

    assert told(site.judge(201)) == [("end", "silent", "gw-1", 201.0)]


def test_only_new_is_told_where_the_rule_reports_no_more():
    alerts = alerts_about([*well("a", 0, 100), *well("a", 200, 300)], 300, rule(report=("new",)))

    assert [it.type.value for it in alerts] == ["new"]
