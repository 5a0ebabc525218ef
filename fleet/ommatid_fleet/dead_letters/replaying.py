"""Send dead letters back, each once: note that it begins, see that nobody was faster, send, note that it is done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ommatid_fleet.dead_letters.found_letter import Contents, FoundLetter, FoundNote, notes_by_place
from ommatid_fleet.dead_letters.replay_decision import (
    AlreadyReplayed,
    Begin,
    InProgress,
    decide,
    replay_id,
    rival,
)
from ommatid_schemas.replay import ReplayNote, ReplayPhase

_AT_A_TIME = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """The letter is in its topic of origin again."""

    number: int


@dataclass(frozen=True, slots=True)
class NotSent:
    """The letter could not be sent; it may be tried again."""

    reason: str


Outcome = Sent | NotSent | AlreadyReplayed | InProgress


class Letters(Protocol):
    """What replaying needs of the dead-letter topic; `LetterTopic` has it."""

    def new_notes(self) -> Sequence[FoundNote]:
        """Notes that were written since the last reading."""
        ...

    def note(self, notes: Sequence[ReplayNote]) -> None:
        """Write notes and wait until they are safe."""
        ...

    def send_back(self, found: FoundLetter, replay_id: str) -> str | None:
        """Send a letter to its origin; None when it is done, else why not."""
        ...


@dataclass(frozen=True, slots=True)
class Replayer:
    """Sends letters back at a bounded rate.

    Attributes:
        letters: The dead-letter topic.
        claim: Random text that tells this command's notes from those of others.
        by: Host name for the notes.
        again: Whether letters that were replayed are sent once more.
        per_s: Most letters a second: the model that they come to also has live frames to look at.
        now_ms: Clock, milliseconds since the epoch.
        sleep: Waits, seconds.
    """

    letters: Letters
    claim: str
    by: str
    again: bool
    per_s: float
    now_ms: Callable[[], int]
    sleep: Callable[[float], None]

    def replay(self, contents: Contents, chosen: Sequence[FoundLetter]) -> Iterator[tuple[FoundLetter, Outcome]]:
        """Send the chosen letters, in their order; one outcome for each as soon as it is known.

        Args:
            contents: The reading that the letters were chosen from, with the notes about them.
            chosen: Letters to send.

        Raises:
            NoteNotWritten: A note could not be written; the letters that are left were not sent.
        """
        notes = list(contents.notes)
        for group in _groups(chosen):
            known = notes_by_place(notes)
            decided = [(it, decide(known.get(it.place, ()), self.now_ms(), again=self.again)) for it in group]
            claims = [self._note(found, it.number, ReplayPhase.BEGUN) for found, it in decided if isinstance(it, Begin)]
            since = self._claim(claims)
            notes += since
            for found, decision in decided:
                yield found, self._carry_out(found, decision, since)

    def _claim(self, claims: Sequence[ReplayNote]) -> Sequence[FoundNote]:
        """Note what begins; return everything that was noted since the decision."""
        if not claims:
            return ()
        self.letters.note(claims)
        return self.letters.new_notes()

    def _carry_out(
        self, found: FoundLetter, decision: Begin | AlreadyReplayed | InProgress, since: Sequence[FoundNote]
    ) -> Outcome:
        if not isinstance(decision, Begin):
            return decision
        faster = rival(self._note(found, decision.number, ReplayPhase.BEGUN), since)
        if faster is not None:
            return InProgress(faster.timestamp_ms, faster.note.by)
        failure = self.letters.send_back(found, replay_id(found, decision.number))
        phase = ReplayPhase.DONE if failure is None else ReplayPhase.FAILED
        self.letters.note([self._note(found, decision.number, phase)])
        self.sleep(1 / self.per_s)
        return Sent(decision.number) if failure is None else NotSent(failure)

    def _note(self, found: FoundLetter, number: int, phase: ReplayPhase) -> ReplayNote:
        return ReplayNote(found.place.partition, found.place.offset, number, phase, self.claim, self.by)


def _groups(chosen: Sequence[FoundLetter]) -> Iterator[Sequence[FoundLetter]]:
    for start in range(0, len(chosen), _AT_A_TIME):
        yield chosen[start : start + _AT_A_TIME]
