"""Commands that are cut off anywhere, or run at the same time, never send a letter under two ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ommatid_fleet.dead_letters import (
    AlreadyReplayed,
    Contents,
    FoundLetter,
    FoundNote,
    InProgress,
    NotSent,
    Outcome,
    Replayer,
    Sent,
)
from ommatid_fleet.dead_letters.replay_decision import IN_PROGRESS_MS
from ommatid_schemas.replay import ReplayNote, ReplayPhase
from tests.unit.fleet.dead_letters.letters import AT_MS, letter, note


class CutOffError(Exception):
    """The command was ended at this moment."""


@dataclass(slots=True)
class MemoryLetters:
    """A topic in memory, as one command sees it."""

    noted: list[FoundNote] = field(default_factory=list[FoundNote])
    sent: list[str] = field(default_factory=list[str])
    failures: list[str] = field(default_factory=list[str])
    steps_left: int = 1_000
    read_up_to: int = 0
    now_ms: int = AT_MS

    def contents(self, *letters: FoundLetter) -> Contents:
        self.read_up_to = len(self.noted)
        return Contents(letters, tuple(self.noted))

    def new_notes(self) -> Sequence[FoundNote]:
        found, self.read_up_to = self.noted[self.read_up_to :], len(self.noted)
        return found

    def note(self, notes: Sequence[ReplayNote]) -> None:
        for it in notes:
            self._step()
            self.noted.append(FoundNote(it, self.now_ms))

    def send_back(self, found: FoundLetter, replay_id: str) -> str | None:
        del found
        self._step()
        if self.failures:
            return self.failures.pop()
        self.sent.append(replay_id)
        return None

    def _step(self) -> None:
        if self.steps_left == 0:
            raise CutOffError
        self.steps_left -= 1


def outcomes(
    letters: MemoryLetters, chosen: Sequence[FoundLetter], contents: Contents | None = None, again: bool = False
) -> list[Outcome]:
    replayer = Replayer(letters, "ours", "host-2", again, 20.0, lambda: letters.now_ms, sleep=lambda _: None)
    read = contents or letters.contents(*chosen)
    return [outcome for _, outcome in replayer.replay(read, chosen)]


def test_a_letter_is_sent_once_and_the_second_command_says_so():
    letters = MemoryLetters()

    assert outcomes(letters, [letter()]) == [Sent(1)]
    assert outcomes(letters, [letter()]) == [AlreadyReplayed(1, AT_MS, "host-2")]
    assert letters.sent == [f"0:17@{AT_MS}#1"]


def test_a_second_replay_that_is_asked_for_has_an_id_of_its_own():
    letters = MemoryLetters()
    outcomes(letters, [letter()])

    assert outcomes(letters, [letter()], again=True) == [Sent(2)]
    assert letters.sent == [f"0:17@{AT_MS}#1", f"0:17@{AT_MS}#2"]


def test_a_letter_that_could_not_be_sent_may_be_sent_at_once():
    letters = MemoryLetters(failures=["no such topic"])

    assert outcomes(letters, [letter()]) == [NotSent("no such topic")]
    assert outcomes(letters, [letter()]) == [Sent(1)]


def test_a_command_that_began_a_moment_earlier_keeps_the_letter():
    letters = MemoryLetters()
    contents = letters.contents(letter())
    letters.noted.append(note(ReplayPhase.BEGUN, claim="theirs"))

    assert outcomes(letters, [letter()], contents) == [InProgress(AT_MS, "host-1")]
    assert letters.sent == []


def test_many_letters_are_sent_in_their_order_and_no_faster_than_allowed():
    letters, pauses_s = MemoryLetters(), list[float]()
    chosen = [letter(offset) for offset in range(50)]
    replayer = Replayer(letters, "ours", "host-2", False, 4.0, lambda: AT_MS, pauses_s.append)

    found = [
        it.place.offset for it, outcome in replayer.replay(letters.contents(*chosen), chosen) if outcome == Sent(1)
    ]

    assert found == list(range(50))
    assert pauses_s == [0.25] * 50


@given(cut_off_after=st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2 * IN_PROGRESS_MS)), max_size=6))
def test_commands_that_are_cut_off_anywhere_send_each_letter_under_one_id(cut_off_after: list[tuple[int, int]]):
    letters, chosen = MemoryLetters(), [letter(1), letter(2)]
    for steps, waited_ms in cut_off_after:
        letters.steps_left, letters.now_ms = steps, letters.now_ms + waited_ms
        try:
            outcomes(letters, chosen)
        except CutOffError:
            continue
    letters.steps_left, letters.now_ms = 1_000, letters.now_ms + IN_PROGRESS_MS

    final = outcomes(letters, chosen)

    assert all(isinstance(outcome, (Sent, AlreadyReplayed)) for outcome in final)
    assert set(letters.sent) == {f"0:1@{AT_MS}#1", f"0:2@{AT_MS}#1"}
