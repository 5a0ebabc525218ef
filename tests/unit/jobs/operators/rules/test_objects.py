"""What decides whether an object counts: area, median score, inertia, dwell, schedule; and the life of its alert.

In the drawings one column is one frame, 1 s apart: ``p`` a person at the door, ``o`` the same person outside,
``g`` at the gate, ``w`` and ``+`` a person of low and of high score at the door, ``.`` nobody.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from ommatid_jobs.operators.rules import WatchedZone
from ommatid_schemas.events import Alert, AlertType, FrameResult
from ommatid_schemas.fleet_file import Schedule
from tests.unit.jobs.operators.examples import T0_US, S, result, standing_at
from tests.unit.jobs.operators.rules.examples import AT_DOOR, DOOR, GATE, camera_rules
from tests.unit.jobs.operators.rules.test_evaluation import alerts_at, alerts_of, run

AT_THE = {
    "p": (standing_at(0.55, 0.9),),
    "o": (standing_at(0.45, 0.9),),
    "g": (standing_at(0.38, 0.9),),
    "w": (standing_at(0.55, 0.9, score=0.46),),
    "+": (standing_at(0.55, 0.9, score=0.99),),
    ".": (),
}
ALL = (AlertType.NEW, AlertType.UPDATE, AlertType.END)
ONCE = AT_DOOR.model_copy(update={"confirm_matches": 1, "confirm_frames": 1})


def draw(drawing: str) -> list[FrameResult]:
    return [result(second, *AT_THE[sign]) for second, sign in enumerate(drawing)]


def fires_at(drawing: str, zone: WatchedZone | None = None, **changes: Any) -> list[int]:
    zones = {"door": zone or WatchedZone(coordinates=DOOR), "gate": WatchedZone(coordinates=GATE)}
    return alerts_at(run(draw(drawing), camera_rules(ONCE.model_copy(update=changes), zones=zones)))


def messages(drawing: str, **changes: Any) -> list[tuple[int, AlertType]]:
    return [((alert.captured_at_us - T0_US) // S, alert.type) for alert in life(drawing, **changes)]


def life(drawing: str, **changes: Any) -> list[Alert]:
    rule = ONCE.model_copy(update={"report": ALL, "zones": ("door", "gate"), **changes})
    return alerts_of(run(draw(drawing), camera_rules(rule)))


@pytest.mark.parametrize(
    ("min_area", "max_area", "expected"), [(0.0, 1.0, [0]), (0.021, 1.0, []), (0.0, 0.019, []), (0.019, 0.021, [0])]
)
def test_a_box_counts_when_its_area_lies_between_the_bounds(min_area: float, max_area: float, expected: list[int]):
    assert fires_at("p", min_area=min_area, max_area=max_area) == expected  # 0.1 x 0.2


def test_an_object_counts_when_the_median_of_its_scores_reaches_the_threshold():
    assert fires_at("wwwpp", threshold=0.7) == []
    assert fires_at("wppp", threshold=0.7) == [2]


@pytest.mark.parametrize(
    ("drawing", "inertia", "expected"),
    [
        ("ppp", 1, [0]),
        ("ppp", 3, [2]),
        ("ppopp", 3, []),  # not in yet: one frame outside begins anew
        ("p.p.p", 3, [4]),  # frames that do not show it count for neither
    ],
)
def test_an_object_is_in_a_zone_after_as_many_frames_as_its_inertia(drawing: str, inertia: int, expected: list[int]):
    assert fires_at(drawing, WatchedZone(coordinates=DOOR, inertia=inertia)) == expected


def test_a_foot_that_flickers_across_the_border_does_not_end_a_dwell_when_there_is_inertia():
    steady = WatchedZone(coordinates=DOOR, inertia=2, loitering_us=5 * S)

    assert fires_at("pppoppp", steady) == [5]
    assert fires_at("pppopppppp", WatchedZone(coordinates=DOOR, loitering_us=5 * S)) == [9]


def test_loitering_is_time_in_the_zone_and_the_longer_of_zone_and_rule_counts():
    assert fires_at("ooooppppp", loitering_us=3 * S) == [7]
    assert fires_at("ooooppppp", WatchedZone(coordinates=DOOR, loitering_us=4 * S), loitering_us=3 * S) == [8]


def test_loitering_without_zones_is_time_in_the_picture():
    assert fires_at("ooooppppp", zones=None, loitering_us=3 * S) == [3]


def test_the_kind_of_an_alert_tells_dwell_from_presence():
    assert [alert.kind for alert in life("pppp", loitering_us=3 * S)] == ["loitering"]
    assert [alert.kind for alert in life("p")] == ["presence"]


def test_by_default_nothing_follows_an_alert():
    assert [kind for _, kind in messages("pg" + "." * 9, report=(AlertType.NEW,))] == [AlertType.NEW]


def test_an_alert_ends_when_its_object_is_lost():
    told = life("ppp" + "." * 9)

    assert messages("ppp" + "." * 9) == [(0, AlertType.NEW), (6, AlertType.END)]
    assert told[0].alert_id == told[1].alert_id
    assert (told[1].started_at_us, told[1].ended_at_us) == (T0_US, T0_US + 2 * S)
    assert [proof.captured_at_us for proof in told[1].evidence] == [T0_US + 2 * S]


def test_an_alert_ends_when_its_object_stays_outside_of_the_zones():
    assert messages("pp" + "o" * 14) == [(0, AlertType.NEW), (12, AlertType.END)]


def test_an_object_that_comes_back_in_time_is_the_same_alert():
    assert messages("pp" + "o" * 5 + "pp") == [(0, AlertType.NEW)]


def test_an_alert_is_updated_when_its_object_enters_another_zone():
    told = life("ppog")

    assert [(alert.type, alert.zones) for alert in told] == [
        (AlertType.NEW, ("door",)),
        (AlertType.UPDATE, ("door", "gate")),
    ]


def test_an_alert_is_updated_when_its_object_is_seen_clearly_better():
    assert [(alert.type, alert.score) for alert in life("ww++")] == [(AlertType.NEW, 0.46), (AlertType.UPDATE, 0.99)]


def test_messages_about_an_alert_differ_in_time_and_share_its_identity():
    told = life("ppog" + "." * 9)

    assert len({alert.alert_id for alert in told}) == 1
    assert len({(alert.type, alert.captured_at_us) for alert in told}) == len(told) == 3


def armed_from(second: int) -> Schedule:
    """Armed from so many seconds after T0, which is 22:13:20 UTC on a Tuesday, rounded down to the minute."""
    start = datetime.fromtimestamp(T0_US // S + second, UTC)
    return Schedule.model_validate({"timezone": "UTC", "windows": [f"Tue {start:%H:%M}-24:00"]})


def test_a_rule_that_is_not_armed_raises_nothing():
    assert fires_at("pppp", schedule=armed_from(60)) == []


def test_who_walks_about_when_the_rule_is_armed_is_reported():
    assert fires_at("." * 35 + "ppppppppp", schedule=armed_from(60)) == [40]


def test_what_stands_there_since_before_the_rule_was_armed_is_reported_only_when_it_moves():
    assert fires_at("p" * 60, schedule=armed_from(60)) == []
    moves = [*draw("p" * 60), *(result(60 + step, standing_at(0.6 + 0.05 * step, 0.9)) for step in range(6))]
    rule = camera_rules(ONCE.model_copy(update={"schedule": armed_from(60)}))

    assert alerts_at(run(moves, rule)) == [61]
