from functools import partial
from typing import Any

import pytest

from ommatid_jobs.operators.rule_versions import ARMING_KEY, ArmingOrder, Authorship, next_version, version_key
from ommatid_jobs.operators.rules import RuleBook
from ommatid_jobs.rules_topic import Application, Applied, RulesChanged, RulesUnreadable, apply_rules, give_order
from ommatid_jobs.rules_topic.applying import KEPT_VERSIONS
from ommatid_jobs.rules_topic.fake import FakeRulesTopic
from tests.unit.jobs.operators.rule_versions.examples import BOOK, STRICTER, book, camera

OTHER = book(camera("cam-1", STRICTER))
NEWER_RELEASE = b'{"version": 9, "mood": "new"}'


def apply(topic: FakeRulesTopic, rules: RuleBook, **options: Any) -> Applied:
    return apply_rules(topic, Application(rules, Authorship("anna", 1_000_000), **options))


def numbers(topic: FakeRulesTopic) -> list[int]:
    return [it.version for it in topic.contents().versions]


def test_the_first_rules_are_version_one():
    topic = FakeRulesTopic("eu")

    applied = apply(topic, BOOK)

    assert (applied.is_new, applied.before, numbers(topic)) == (True, None, [1])


def test_rules_that_are_in_effect_already_are_not_written():
    topic = FakeRulesTopic("eu")
    first = apply(topic, BOOK)

    again = apply(topic, BOOK)

    assert (again.is_new, again.version, len(topic.records)) == (False, first.version, 1)


def test_going_back_is_a_version_of_its_own():
    topic = FakeRulesTopic("eu")
    apply(topic, BOOK)
    apply(topic, OTHER)

    version = apply(topic, BOOK, restores=1).version

    assert (version.version, version.restores, version.book) == (3, 1, BOOK)


def test_somebody_who_applies_meanwhile_is_not_overwritten():
    topic = FakeRulesTopic("eu", between=lambda it: apply(it, OTHER) and None)

    with pytest.raises(RulesChanged, match="expected version 0 to be in effect, found version 1, applied by anna"):
        apply(topic, BOOK, expected=0)


def test_who_expects_nothing_comes_after_somebody_who_applies_meanwhile():
    topic = FakeRulesTopic("eu", between=lambda it: apply(it, OTHER) and None)

    applied = apply(topic, BOOK)

    assert (applied.version.version, applied.before and applied.before.book) == (2, OTHER)


def test_rules_of_a_newer_release_are_not_overwritten():
    topic = FakeRulesTopic("eu")
    apply(topic, BOOK)
    topic.put(version_key(9), NEWER_RELEASE)

    with pytest.raises(RulesUnreadable, match="upgrade this command, or add --force"):
        apply(topic, OTHER)


def test_force_replaces_what_cannot_be_read_by_a_later_version():
    topic = FakeRulesTopic("eu")
    topic.put(version_key(9), NEWER_RELEASE)

    assert apply(topic, BOOK, force=True).version.version == 10


def test_what_is_no_version_is_in_nobodys_way():
    topic = FakeRulesTopic("eu")
    topic.put(b"a stranger", b"hello")

    assert apply(topic, BOOK).is_new


def test_only_the_last_versions_are_kept():
    topic = FakeRulesTopic("eu")
    for n in range(KEPT_VERSIONS + 3):
        apply(topic, BOOK if n % 2 else OTHER)

    assert numbers(topic) == list(range(4, KEPT_VERSIONS + 4))


def test_an_order_comes_on_top_of_one_that_is_given_meanwhile():
    order = partial(ArmingOrder, armed=False, by="anna")
    topic = FakeRulesTopic("eu", between=lambda it: give_order(it, order(from_us=1, cameras=("cam-1",))) and None)

    give_order(topic, order(from_us=2, cameras=("cam-2",)))

    assert [it.cameras for it in topic.contents().arming.orders] == [("cam-1",), ("cam-2",)]


def test_orders_that_cannot_be_read_are_not_overwritten():
    topic = FakeRulesTopic("eu")
    topic.put(ARMING_KEY, b'{"mood": "new"}')

    with pytest.raises(RulesUnreadable, match="expected to know the orders that stand"):
        give_order(topic, ArmingOrder(armed=True, from_us=1, by="anna"))


def test_versions_are_in_the_order_in_which_they_were_applied():
    topic = FakeRulesTopic("eu")
    first = next_version(None, BOOK, Authorship("anna", 1))
    second = next_version(first, OTHER, Authorship("anna", 2))
    for version in (second, first):
        topic.put(version_key(version.version), version.model_dump_json().encode())

    assert topic.contents().current == second
