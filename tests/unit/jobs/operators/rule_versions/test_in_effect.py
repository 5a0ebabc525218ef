from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.operators.rule_versions import Arming, ArmingOrder, Authorship, RulesInEffect, next_version, ordered
from tests.unit.jobs.operators.rule_versions.examples import FIRST, STRICTER, book, camera

SECOND = next_version(FIRST, book(camera("cam-1", STRICTER)), Authorship("bob", 2_000_000))
THIRD = next_version(SECOND, FIRST.book, Authorship("anna", 3_000_000), restores=1)
DISARMED = ordered(Arming(), ArmingOrder(armed=False, from_us=2_500_000, by="bob"))
REARMED = ordered(DISARMED, ArmingOrder(armed=True, from_us=2_600_000, by="bob"))


def test_newer_rules_take_the_place_of_older_ones():
    assert RulesInEffect(FIRST).after(SECOND).version == SECOND


def test_older_rules_change_nothing():
    in_effect = RulesInEffect(SECOND)

    assert in_effect.after(FIRST) is in_effect


@given(st.lists(st.sampled_from([FIRST, SECOND, THIRD, DISARMED, REARMED])), st.randoms())
def test_records_have_the_same_effect_in_any_order(news: list[object], order: Random):
    """Also when some come twice, as after a restart."""
    everything = [FIRST, SECOND, THIRD, DISARMED, REARMED, *news]
    order.shuffle(everything)
    in_effect = RulesInEffect(FIRST)
    for it in everything:
        in_effect = in_effect.after(it)  # pyright: ignore[reportArgumentType]

    assert in_effect == RulesInEffect(THIRD, REARMED)
