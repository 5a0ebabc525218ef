"""May a dead letter be sent again, and as which replay? Decided from the notes about it. Pure.

A replay is noted as begun, then sent, then noted as done. When two commands begin the same replay, the one whose
note stands first goes on. A command that was cut off between the notes leaves a replay that may have been sent: the
next command sends it under the same id, which readers that have seen it drop.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ommatid_fleet.dead_letters.found_letter import FoundLetter, FoundNote
from ommatid_schemas import Priority, topics
from ommatid_schemas.replay import ReplayNote, ReplayPhase

IN_PROGRESS_MS = 120_000
"""So long a replay that was begun is left to the command that began it."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The letter may be sent, as its replay of this number."""

    number: int


@dataclass(frozen=True, slots=True)
class AlreadyReplayed:
    """The letter was sent before."""

    number: int
    at_ms: int
    by: str


@dataclass(frozen=True, slots=True)
class InProgress:
    """Another command is sending the letter, or was cut off a moment ago."""

    at_ms: int
    by: str


Decision = Begin | AlreadyReplayed | InProgress


def decide(notes: Sequence[FoundNote], now_ms: int, *, again: bool) -> Decision:
    """Decide on one letter.

    Args:
        notes: All notes about the letter, oldest first.
        now_ms: Current time, milliseconds since the epoch.
        again: Whether a letter that was replayed is to be replayed once more.
    """
    if not notes:
        return Begin(1)
    number = max(found.note.number for found in notes)
    latest = [found for found in notes if found.note.number == number]
    done = next((found for found in latest if found.note.phase is ReplayPhase.DONE), None)
    if done is not None:
        return Begin(number + 1) if again else AlreadyReplayed(number, done.timestamp_ms, done.note.by)
    last = latest[-1]
    if last.note.phase is ReplayPhase.BEGUN and now_ms - last.timestamp_ms < IN_PROGRESS_MS:
        return InProgress(last.timestamp_ms, last.note.by)
    return Begin(number)


def rival(claim: ReplayNote, since: Sequence[FoundNote]) -> FoundNote | None:
    """Return the note of a command that began the same replay first, or None when ``claim`` did.

    Args:
        claim: The note by which this command began.
        since: Notes that were written since it decided to, its own among them, oldest first.
    """
    of_letter = (found for found in since if found.note.key == claim.key and found.note.number == claim.number)
    first = next((found for found in of_letter if found.note.phase is ReplayPhase.BEGUN), None)
    return None if first is None or first.note.claim == claim.claim else first


def replay_id(found: FoundLetter, number: int) -> str:
    """Id of a replay, the same from every machine; the time tells letters of a topic that was made anew apart."""
    return f"{found.place}@{found.timestamp_ms}#{number}"


def is_topic_of_region(topic: str, region: str) -> bool:
    """Whether a letter of the region can have come from the topic; nothing is sent anywhere else."""
    shared = (topics.detections_topic(region), topics.alerts_topic(region))
    triggers = (topics.triggers_topic(region, priority) for priority in Priority)
    frames = (topics.frames_pattern(re.escape(region), priority) for priority in Priority)
    return topic in {*shared, *triggers} or any(re.fullmatch(pattern, topic) for pattern in frames)
