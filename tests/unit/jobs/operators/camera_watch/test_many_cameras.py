"""Many cameras in trouble together: one alert about their agent or their region, and no storm of them."""

from collections.abc import Iterable

from ommatid_schemas import Alert, CameraState, CameraStatus
from tests.unit.jobs.operators.camera_watch.site import T0, S, Site, book, rule, status, told, well

GW_1 = tuple(f"one-{number}" for number in range(6))
GW_2 = tuple(f"two-{number}" for number in range(10))
GW_3 = tuple(f"three-{number}" for number in range(8))
ALL = {**dict.fromkeys(GW_1, "gw-1"), **dict.fromkeys(GW_2, "gw-2"), **dict.fromkeys(GW_3, "gw-3")}


def all_well(from_s: int, to_s: int, *cameras: str) -> list[CameraStatus]:
    """Reports of cameras, or of all; the agents report a few seconds apart."""
    return [
        status(name, at_s + index % 7, agent_id=ALL[name])
        for index, name in enumerate(ALL)
        if not cameras or name in cameras
        for at_s in range(from_s, to_s, 10)
    ]


def alerts_of(reports: Iterable[CameraStatus], until_s: int) -> list[Alert]:
    return Site(book(ALL)).live(reports, until_s)


def test_an_agent_that_is_gone_raises_one_alert_that_ends_when_most_of_its_cameras_are_back():
    reports = [*all_well(0, 400, *GW_2, *GW_3), *all_well(0, 100, *GW_1), *all_well(200, 400, *GW_1)]

    alerts = alerts_of(reports, 380)

    assert [it.camera_id for it in alerts] == ["one-0", "one-0"]
    assert told(alerts) == [("new", "agent_silent", "gw-1", 150.0), ("end", "agent_silent", "gw-1", 204.0)]
    assert (alerts[0].score, alerts[0].started_at_us) == (1.0, T0 + 90 * S)


def test_a_switch_that_is_gone_raises_one_alert_about_its_agent():
    broken = [
        status(name, at_s, CameraState.BACKING_OFF, since_s=101, agent_id="gw-2")
        for name in GW_2
        for at_s in range(102, 200, 10)
    ]

    alerts = alerts_of([*all_well(0, 220, *GW_1, *GW_3), *all_well(0, 100, *GW_2), *broken], 190)

    assert told(alerts) == [("new", "agent_offline", "gw-2", 131.0)]


def test_a_region_that_was_out_of_reach_raises_one_alert_though_it_is_known_only_later():
    reports = sorted([*all_well(0, 100), *all_well(700, 900)], key=lambda it: it.reported_at_us)
    site = Site(book(ALL))
    site.take(*reports)

    alerts = site.judge(850)

    assert told(alerts) == [("new", "region_silent", "eu", 150.0), ("end", "region_silent", "eu", 704.0)]
    assert alerts[0].late is True


def test_an_agent_that_does_not_come_back_with_its_region_has_an_alert_of_its_own_once_the_rest_had_time():
    reports = [*all_well(0, 100), *all_well(700, 900, *GW_2, *GW_3)]

    assert told(alerts_of(reports, 850)) == [
        ("new", "region_silent", "eu", 150.0),
        ("end", "region_silent", "eu", 706.0),
        ("new", "agent_silent", "gw-1", 726.0),
    ]


def test_a_region_that_nobody_reports_is_silent_as_time_passes():
    site = Site(book(ALL))
    site.take(*all_well(0, 100))

    assert [it for second in range(90, 300) for it in told(site.judge(second))] == [
        ("new", "region_silent", "eu", 150.0)
    ]


def test_cameras_that_are_silent_already_keep_their_alert_when_the_others_follow():
    reports = [*all_well(0, 100, *GW_1[:2]), *all_well(0, 200, *GW_1[2:]), *all_well(0, 400, *GW_2, *GW_3)]

    assert told(alerts_of(reports, 380)) == [
        ("new", "silent", "gw-1", 150.0),
        ("new", "silent", "gw-1", 151.0),
        ("new", "agent_silent", "gw-1", 252.0),
    ]


def test_a_region_that_is_out_of_reach_again_has_another_alert_though_one_camera_was_gone_all_the_time():
    rest = tuple(name for name in ALL if name != "one-0")
    reports = [*all_well(0, 100), *all_well(300, 400, *rest), *all_well(600, 700, *rest)]

    new = [it for it in alerts_of(reports, 680) if it.kind == "region_silent" and it.type == "new"]

    assert len({it.alert_id for it in new}) == len(new) == 2


def test_two_cameras_of_an_agent_of_two_raise_an_alert_each():
    reports = [*well("a", 0, 100), *well("b", 0, 100), *(it for name in "cdefgh" for it in well(name, 0, 300, "gw-2"))]

    alerts = Site(book("abcdefgh")).live(reports, 280)

    assert [(it.camera_id, it.kind) for it in alerts] == [("a", "silent"), ("b", "silent")]


def test_each_rule_counts_its_own_cameras():
    site = Site(book("abc", rule("one"), rule("other", groups=("lots",))))
    site.take(*(it for name in "abc" for it in well(name, 0, 100)))

    assert [(it.rule, it.kind) for it in site.judge(300)] == [("one", "agent_silent")]


def test_pictures_of_many_cameras_are_not_one_trouble():
    dark = [status(name, at_s, tampering={"black": 90}) for name in "abcd" for at_s in range(100, 200, 10)]

    alerts = Site(book("abcd", rule(tampered=("black",)))).live(dark, 150)

    assert [(it.camera_id, it.kind) for it in alerts] == [(name, "tampered") for name in "abcd"]
