import pytest

from ommatid_fleet.dead_letters import AlreadyReplayed, Begin, Decision, FoundNote, InProgress, decide
from ommatid_fleet.dead_letters.replay_decision import IN_PROGRESS_MS, is_topic_of_region, replay_id, rival
from ommatid_schemas.replay import ReplayPhase
from tests.unit.fleet.dead_letters.letters import AT_MS, letter, note

BEGUN, DONE, FAILED = ReplayPhase.BEGUN, ReplayPhase.DONE, ReplayPhase.FAILED
SOON_MS, LATER_MS = AT_MS + 1000, AT_MS + IN_PROGRESS_MS


@pytest.mark.parametrize(
    ("notes", "now_ms", "again", "expected"),
    [
        # never replayed
        ([], SOON_MS, False, Begin(1)),
        # done: only once more when that is asked for
        ([note(BEGUN), note(DONE)], LATER_MS, False, AlreadyReplayed(1, AT_MS, "host-1")),
        ([note(BEGUN), note(DONE)], SOON_MS, True, Begin(2)),
        # begun and no more: left to who began it, then sent under the same number
        ([note(BEGUN)], SOON_MS, False, InProgress(AT_MS, "host-1")),
        ([note(BEGUN)], SOON_MS, True, InProgress(AT_MS, "host-1")),
        ([note(BEGUN)], LATER_MS, False, Begin(1)),
        # failed: at once again under the same number
        ([note(BEGUN), note(FAILED)], SOON_MS, False, Begin(1)),
        ([note(BEGUN), note(FAILED), note(BEGUN)], SOON_MS, False, InProgress(AT_MS, "host-1")),
        # the newest replay counts
        ([note(DONE), note(BEGUN, 2)], SOON_MS, True, InProgress(AT_MS, "host-1")),
        ([note(DONE), note(BEGUN, 2), note(DONE, 2)], SOON_MS, True, Begin(3)),
    ],
)
def test_what_is_noted_of_a_letter_decides_on_it(notes: list[FoundNote], now_ms: int, again: bool, expected: Decision):
    assert decide(notes, now_ms, again=again) == expected


def test_of_two_that_begin_the_same_replay_the_first_note_wins():
    ours, theirs = note(BEGUN), note(BEGUN, claim="theirs")

    assert rival(ours.note, [theirs, ours]) == theirs
    assert rival(theirs.note, [theirs, ours]) is None


def test_notes_on_other_letters_and_replays_are_no_rivals():
    others = [note(BEGUN, claim="theirs", offset=18), note(BEGUN, 2, claim="theirs"), note(FAILED, claim="theirs")]

    assert rival(note(BEGUN).note, [*others, note(BEGUN)]) is None


def test_the_id_of_a_replay_tells_letters_of_a_topic_made_anew_apart():
    ids = {replay_id(letter(), 1), replay_id(letter(), 2), replay_id(letter(at_ms=AT_MS + 1), 1)}

    assert len(ids) == 3


@pytest.mark.parametrize(
    ("topic", "belongs"),
    [
        ("omm.frames.eu.safety.entrances", True),
        ("omm.frames.eu.insight.car.park", True),
        ("omm.triggers.eu.safety", True),
        ("omm.detections.eu", True),
        ("omm.alerts.eu", True),
        ("omm.frames.eu-west.safety.entrances", False),
        ("omm.frames.eu.urgent.entrances", False),
        ("omm.dlq.eu", False),
        ("omm.alerts.us", False),
        ("payments", False),
    ],
)
def test_letters_go_to_topics_of_their_region_only(topic: str, belongs: bool):
    assert is_topic_of_region(topic, "eu") is belongs
