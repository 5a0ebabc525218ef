from pathlib import Path

import pytest
from hypothesis import given

from ommatid_jobs.operators import rule_versions
from ommatid_jobs.operators.rule_versions import (
    ARMING_KEY,
    Arming,
    ArmingOrder,
    Authorship,
    RulesVersion,
    decode,
    encode,
    next_version,
    version_key,
)
from ommatid_jobs.operators.rules import RuleBook
from ommatid_schemas.errors import ConfigurationError, DecodeError
from tests.strategies import rule_books
from tests.unit.jobs.operators.rule_versions.examples import ANNA, BOOK, FIRST, book, camera
from tests.unit.jobs.operators.rules.examples import AT_DOOR

FIXTURES = Path(__file__).parent / "record_fixtures"
ORDERS = Arming(changed_at_us=7, orders=(ArmingOrder(armed=False, from_us=7, until_us=9, rules=("anything",), by="a"),))


@given(rule_books())
def test_a_version_is_read_back_as_it_was_written(rules: RuleBook):
    version = next_version(FIRST, rules, Authorship("bob", 3, "why"), restores=1)

    assert decode(version_key(2), encode(version), "eu") == version


def test_orders_are_read_back_as_they_were_written():
    assert decode(ARMING_KEY, encode(ORDERS), "eu") == ORDERS


@pytest.mark.parametrize(("name", "key"), [("rules_version.v1.json", b"version/1"), ("arming.v1.json", ARMING_KEY)])
def test_records_of_every_release_are_read(name: str, key: bytes):
    assert decode(key, (FIXTURES / name).read_bytes(), "eu") == (FIRST if key != ARMING_KEY else ORDERS)


def test_a_version_that_was_removed_is_nothing():
    assert decode(b"version/1", None, "eu") is None


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (None, b"{}", "expected the key version/NUMBER or arming, found None"),
        (b"version/0", b"{}", "expected the key version/NUMBER"),
        (b"version/1", b"{}", "rules record version/1: version: Field required"),
        (b"version/1", b"\xc3", "rules record version/1: value: Invalid JSON"),
        (b"arming", b'{"orders": [{}]}', "rules record arming: orders.0.armed: Field required"),
        (b"version/2", encode(FIRST), "version: expected 2, found 1"),
        (b"version/1", encode(FIRST).replace(b'"eu"', b'"us"'), "book.region: expected 'eu', found 'us'"),
        (b"version/1", encode(FIRST).replace(b"0.45", b"0.40"), "content_hash: expected"),
    ],
)
def test_anything_else_is_refused_with_the_place(key: bytes | None, value: bytes, sentence: str):
    with pytest.raises(DecodeError, match=sentence):
        decode(key, value, "eu")


def test_a_rule_whose_zones_the_camera_has_not_is_refused():
    rules = book(camera("cam-1", AT_DOOR.model_copy(update={"zones": ("attic",)})))

    with pytest.raises(DecodeError, match="rule person-at-door: expected zones of camera cam-1, found 'attic'"):
        decode(version_key(1), encode(next_version(None, rules, ANNA)), "eu")


def test_rules_that_no_record_can_hold_are_refused():
    many = RuleBook(region="eu", cameras={f"cam-{n}": BOOK.cameras["cam-1"] for n in range(20_000)})
    version = RulesVersion(version=1, content_hash="", applied_at_us=0, by="anna", book=many)

    with pytest.raises(ConfigurationError, match="give some of its cameras a region of their own"):
        rule_versions.encode(version)
