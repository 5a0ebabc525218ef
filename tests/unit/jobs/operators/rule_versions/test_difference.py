from hypothesis import given

from ommatid_jobs.operators.rule_versions import FieldChange, Kind, RuleChange, content_hash, difference
from ommatid_jobs.operators.rules import RuleBook, WatchedZone
from tests.strategies import rule_books
from tests.unit.jobs.operators.rule_versions.examples import BOOK, STRICTER, book, camera
from tests.unit.jobs.operators.rules.examples import ANYWHERE, AT_DOOR, DOOR, GATE


def test_a_value_that_changes_on_several_cameras_is_told_once():
    after = book(camera("cam-1", STRICTER, ANYWHERE), camera("cam-2", STRICTER))

    [change] = difference(BOOK, after).rules

    assert change == RuleChange(
        "person-at-door", Kind.CHANGED, (), (), (FieldChange("min_score", 0.45, 0.6, ("cam-1", "cam-2")),)
    )


def test_a_rule_of_no_camera_before_is_added_and_one_of_none_after_is_removed():
    before, after = book(camera("cam-1", AT_DOOR)), book(camera("cam-1", ANYWHERE))

    assert difference(before, after).rules == (
        RuleChange("anything", Kind.ADDED, ("cam-1",), ()),
        RuleChange("person-at-door", Kind.REMOVED, (), ("cam-1",)),
    )


def test_a_rule_that_moves_to_another_camera_gains_and_loses():
    before = book(camera("cam-1", AT_DOOR), camera("cam-2"))
    after = book(camera("cam-1"), camera("cam-2", AT_DOOR))

    assert difference(before, after).rules == (RuleChange("person-at-door", Kind.CHANGED, ("cam-2",), ("cam-1",)),)


def test_a_zone_that_is_drawn_anew_is_a_change_of_its_camera():
    zones = {"door": WatchedZone(coordinates=GATE), "gate": WatchedZone(coordinates=GATE)}
    after = book(camera("cam-1", AT_DOOR, ANYWHERE, zones=zones), camera("cam-2", AT_DOOR))

    [change] = difference(BOOK, after).cameras

    assert change.fields == (FieldChange("zones.door.coordinates", list(DOOR), list(GATE), ("cam-1",)),)


def test_cameras_come_and_go():
    changes = difference(book(camera("cam-1")), book(camera("cam-2"))).cameras

    assert [(it.camera_id, it.kind) for it in changes] == [("cam-1", Kind.REMOVED), ("cam-2", Kind.ADDED)]


def test_the_order_of_rules_is_a_change():
    before, after = book(camera("cam-1", AT_DOOR, ANYWHERE)), book(camera("cam-1", ANYWHERE, AT_DOOR))

    assert [it.field for it in difference(before, after).cameras[0].fields] == ["order of rules"]


@given(rule_books(), rule_books())
def test_nothing_differs_exactly_when_the_hashes_agree(before: RuleBook, after: RuleBook):
    assert difference(before, after).is_empty == (content_hash(before) == content_hash(after))
