import pytest

from ommatid_connectors.flink_kafka.records import SourceRecord
from ommatid_jobs.flink.alerts.rules_intake import RefusedRules, packed, resumed, take
from ommatid_jobs.operators.packed_state import IncompatibleStateError
from ommatid_jobs.operators.rule_versions import (
    ARMING_KEY,
    NO_ORDERS,
    ArmingOrder,
    Authorship,
    RulesInEffect,
    encode,
    next_version,
    ordered,
    version_key,
)
from ommatid_schemas import DeadLetter
from tests.unit.jobs.operators.rule_versions.examples import BOOK, FIRST, STRICTER, book, camera

IN_EFFECT = RulesInEffect(FIRST)
SECOND = next_version(FIRST, book(camera("cam-1", STRICTER)), Authorship("bob", 2_000_000))
THIRD = next_version(SECOND, BOOK, Authorship("bob", 3_000_000), restores=1)
DISARMED = ordered(NO_ORDERS, ArmingOrder(armed=False, from_us=2, by="bob"))


def record(key: bytes, value: bytes | None) -> SourceRecord:
    return SourceRecord(key, value, "omm.rules.eu", 0, 7)


def test_a_newer_version_is_taken():
    assert take(IN_EFFECT, record(version_key(2), encode(SECOND))) == RulesInEffect(SECOND)


def test_orders_are_taken_beside_the_rules():
    assert take(IN_EFFECT, record(ARMING_KEY, encode(DISARMED))) == RulesInEffect(FIRST, DISARMED)


@pytest.mark.parametrize(("key", "value"), [(version_key(1), encode(FIRST)), (version_key(1), None)])
def test_what_is_known_already_or_was_removed_changes_nothing(key: bytes, value: bytes | None):
    assert take(IN_EFFECT, record(key, value)) is IN_EFFECT


def test_a_record_that_says_nothing_becomes_a_dead_letter():
    refused = take(IN_EFFECT, record(version_key(2), b"hello"))

    assert isinstance(refused, RefusedRules)
    letter = refused.dead_letter
    told = DeadLetter.from_record(letter.key, letter.value, letter.headers)
    assert (letter.topic, told.value, told.stage) == ("omm.dlq.eu", b"hello", "rules_topic")


def test_a_job_that_begins_judges_by_what_it_was_submitted_with():
    assert resumed(packed(IN_EFFECT), None) == IN_EFFECT


def test_a_job_that_begins_again_judges_by_what_it_had():
    had = RulesInEffect(SECOND, DISARMED)

    assert resumed(packed(IN_EFFECT), packed(had)) == had


def test_a_job_that_is_submitted_anew_judges_by_its_submission_and_keeps_its_orders():
    assert resumed(packed(RulesInEffect(THIRD)), packed(RulesInEffect(SECOND, DISARMED))) == RulesInEffect(
        THIRD, DISARMED
    )


def test_state_of_a_newer_release_is_refused():
    with pytest.raises(IncompatibleStateError, match="rules in effect state: expected version 1, found version 9"):
        resumed(packed(IN_EFFECT), b"\x09{}")
