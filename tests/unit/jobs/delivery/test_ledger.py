import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ommatid_jobs.delivery import Ledger, LedgerEntry, LedgerState, LedgerUnavailable


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield ledger
    ledger.close()


def test_a_message_begins_as_pending(ledger: Ledger) -> None:
    entry = ledger.begin("alert-1", "alert-1", "soc", now_us=5)

    assert entry == LedgerEntry("alert-1", "soc", LedgerState.PENDING, attempts=0, first_due_at_us=5)


def test_beginning_again_changes_nothing(ledger: Ledger) -> None:
    ledger.begin("alert-1", "alert-1", "soc", now_us=5)
    ledger.attempted("alert-1", "soc", attempts=2, sent_at_us=7, reason="answered 503")

    entry = ledger.begin("alert-1", "alert-1", "soc", now_us=9)

    assert (entry.attempts, entry.first_due_at_us, entry.reason) == (2, 5, "answered 503")


def test_an_acknowledged_message_is_finished_after_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    before = Ledger.open(url)
    before.begin("alert-1", "alert-1", "soc", now_us=5)
    before.acknowledged("alert-1", "soc", attempts=1, sent_at_us=6, at_us=7)
    before.close()

    after = Ledger.open(url)
    entry = after.begin("alert-1", "alert-1", "soc", now_us=9)
    after.close()

    assert entry.finished
    assert (entry.sent_at_us, entry.acknowledged_at_us) == (6, 7)


def test_a_message_that_was_given_up_is_finished_with_its_reason(ledger: Ledger) -> None:
    ledger.begin("alert-1", "alert-1", "soc", now_us=5)
    ledger.given_up("alert-1", "soc", attempts=3, reason="answered 410")

    (entry,) = ledger.entries()
    assert (entry.state, entry.finished, entry.reason) == (LedgerState.GIVEN_UP, True, "answered 410")


def test_a_message_that_was_given_up_can_begin_anew(ledger: Ledger) -> None:
    ledger.begin("alert-1", "alert-1", "soc", now_us=5)
    ledger.given_up("alert-1", "soc", attempts=3, reason="answered 410")

    ledger.reopen("alert-1", "soc", now_us=9)

    (entry,) = ledger.entries()
    assert (entry.state, entry.attempts, entry.first_due_at_us) == (LedgerState.PENDING, 0, 9)


def test_a_message_that_was_acknowledged_stays_so(ledger: Ledger) -> None:
    ledger.begin("alert-1", "alert-1", "soc", now_us=5)
    ledger.acknowledged("alert-1", "soc", attempts=1, sent_at_us=6, at_us=7)

    ledger.reopen("alert-1", "soc", now_us=9)

    (entry,) = ledger.entries()
    assert (entry.state, entry.attempts) == (LedgerState.ACKNOWLEDGED, 1)


def test_deliveries_of_one_alert_do_not_share_their_state(ledger: Ledger) -> None:
    for delivery in ("soc", "guard"):
        ledger.begin("alert-1", "alert-1", delivery, now_us=5)
    ledger.acknowledged("alert-1", "soc", attempts=1, sent_at_us=6, at_us=7)

    assert {entry.delivery: entry.finished for entry in ledger.entries()} == {"soc": True, "guard": False}


def test_only_finished_messages_are_pruned(ledger: Ledger) -> None:
    for number in range(3):
        ledger.begin(f"alert-{number}", f"alert-{number}", "soc", now_us=number)
    for number in (0, 2):
        ledger.acknowledged(f"alert-{number}", "soc", attempts=1, sent_at_us=6, at_us=7)

    assert ledger.prune(before_us=2) == 1
    assert [entry.message_id for entry in ledger.entries()] == ["alert-1", "alert-2"]


@given(messages=st.lists(st.sampled_from(["alert-1", "alert-2"]), max_size=8))
def test_a_message_is_due_once_however_often_it_comes(messages: list[str]) -> None:
    """Records repeated by the broker or by a replay of the job lead to one delivery each."""
    ledger, posted = Ledger.open("sqlite://"), 0
    for now_us, message in enumerate(messages):
        if not ledger.begin(message, message, "soc", now_us).finished:
            posted += 1
            ledger.acknowledged(message, "soc", attempts=1, sent_at_us=now_us, at_us=now_us)
    ledger.close()

    assert posted == len(set(messages))


def test_a_database_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match=r"ledger sqlite:.*unable to open database file.*check --ledger"):
        Ledger.open(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.db'}")


def test_a_database_that_fails_later_is_named_with_what_to_do(ledger: Ledger, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("drop table deliveries")

    with pytest.raises(LedgerUnavailable, match=r"ledger sqlite:.*no such table: deliveries; nothing is lost"):
        ledger.begin("alert-1", "alert-1", "soc", now_us=5)


def test_the_password_of_a_database_is_not_shown() -> None:
    with pytest.raises(LedgerUnavailable) as raised:
        Ledger.open("nosuchdb://user:hunter2@10.0.0.1/ledger")

    assert "hunter2" not in str(raised.value)
