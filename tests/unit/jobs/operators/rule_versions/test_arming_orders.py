from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rule_versions import Arming, ArmingOrder, armed_by_command, ordered
from ommatid_jobs.operators.rules.arming import is_armed
from tests.strategies import arming_orders
from tests.unit.jobs.operators.examples import S
from tests.unit.jobs.operators.rule_versions.examples import BOOK

WEEK_S = 7 * 24 * 3600


def given_orders(*orders: ArmingOrder) -> Arming:
    arming = Arming()
    for order in orders:
        arming = ordered(arming, order)
    return arming


def order(armed: bool | None, from_s: int, until_s: int | None = None, **scope: Any) -> ArmingOrder:
    until_us = None if until_s is None else until_s * S
    return ArmingOrder(armed=armed, from_us=from_s * S, until_us=until_us, by="anna", **scope)


def is_rule_armed(arming: Arming, at_s: int, rule: str = "person-at-door", camera_id: str = "cam-1") -> bool:
    camera = armed_by_command(BOOK, arming).cameras[camera_id]
    [found] = [it for it in camera.rules if it.name == rule]
    return is_armed(found.schedule, at_s * S, found.overrides)


def test_an_order_holds_from_its_beginning_until_just_before_its_end():
    arming = given_orders(order(False, 10, 20))

    assert [is_rule_armed(arming, at_s) for at_s in (9, 10, 19, 20)] == [True, False, False, True]


def test_an_order_concerns_what_it_names_and_nothing_else():
    arming = given_orders(order(False, 10, rules=("person-at-door",), cameras=("cam-2",)))

    assert not is_rule_armed(arming, 10, camera_id="cam-2")
    assert is_rule_armed(arming, 10, camera_id="cam-1")
    assert is_rule_armed(arming, 10, rule="anything")


def test_the_order_that_was_given_last_counts_while_it_holds():
    arming = given_orders(order(False, 10), order(True, 20, 30, cameras=("cam-1",)))

    assert [is_rule_armed(arming, at_s) for at_s in (15, 25, 30)] == [False, True, False]


def test_back_to_the_schedule_ends_what_stood_before():
    arming = given_orders(order(False, 10), order(None, 20))

    assert [is_rule_armed(arming, at_s) for at_s in (15, 20)] == [False, True]
    assert [it.armed for it in arming.standing(30 * S)] == [None]


def test_orders_that_ended_are_forgotten_after_a_week():
    arming = given_orders(order(False, 10, 20), order(True, 30 + WEEK_S, 40 + WEEK_S))

    assert [it.armed for it in arming.orders] == [True]


def test_no_order_leaves_the_book_as_it_is():
    assert armed_by_command(BOOK, Arming()) is BOOK


@given(st.lists(arming_orders(), max_size=6))
def test_what_is_forgotten_changes_nothing_that_can_still_be_asked(orders: list[ArmingOrder]):
    """Against all orders ever given, at every second since the last order."""
    orders.sort(key=lambda it: it.from_us)
    everything = Arming(changed_at_us=1, orders=tuple(orders))
    last_s = max((it.from_us for it in orders), default=0) // S

    for at_s in range(last_s, last_s + 12):
        assert is_rule_armed(given_orders(*orders), at_s) == is_rule_armed(everything, at_s)
