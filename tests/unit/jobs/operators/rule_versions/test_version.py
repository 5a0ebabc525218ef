from ommatid_jobs.operators.rule_versions import Authorship, content_hash, next_version
from ommatid_jobs.operators.rules import RuleBook
from tests.unit.jobs.operators.rule_versions.examples import BOOK, FIRST


def test_versions_are_numbered_from_one():
    assert (FIRST.version, next_version(FIRST, BOOK, Authorship("bob", 2_000_000)).version) == (1, 2)


def test_a_clock_that_is_behind_counts_as_just_after_the_version_before():
    assert next_version(FIRST, BOOK, Authorship("bob", 5)).applied_at_us == FIRST.applied_at_us + 1


def test_the_order_of_cameras_is_no_part_of_the_content():
    backwards = RuleBook(region="eu", cameras=dict(reversed(BOOK.cameras.items())))

    assert content_hash(BOOK) == content_hash(backwards)


def test_the_hash_of_a_book_is_the_same_in_every_release():
    assert content_hash(BOOK) == "f8292298b67ddc27"
