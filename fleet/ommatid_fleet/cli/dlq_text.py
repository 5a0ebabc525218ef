"""Dead letters and replays as lines on a screen. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ommatid_fleet.dead_letters import (
    AlreadyReplayed,
    Contents,
    FoundLetter,
    FoundNote,
    InProgress,
    NotSent,
    Outcome,
    ReasonCount,
    counts_by_reason,
    notes_by_place,
)
from ommatid_schemas.replay import ReplayPhase


def letter_record(found: FoundLetter, notes: Sequence[FoundNote]) -> dict[str, Any]:
    """One letter as plain values, for JSON; ``replay`` is the newest note about it, or None."""
    letter = found.letter
    newest = notes[-1] if notes else None
    return {
        "place": str(found.place),
        "timestamp_ms": found.timestamp_ms,
        "stage": letter.stage,
        "error_class": letter.error_class,
        "error_text": letter.error_text,
        "key": found.key_text,
        "origin": f"{letter.topic}/{letter.partition}:{letter.offset}",
        "value_bytes": found.value_bytes,
        "replay": newest
        and {"phase": str(newest.note.phase), "timestamp_ms": newest.timestamp_ms, "by": newest.note.by},
    }


def letter_line(record: dict[str, Any]) -> str:
    """One letter of `letter_record` as a line."""
    replay = record["replay"]
    replayed = f"[{_PHASES[replay['phase']]} {at(replay['timestamp_ms'])}] " if replay else ""
    return (
        f"{record['place']:<8} {at(record['timestamp_ms'])} {record['stage']:<10} {record['error_class']:<18} "
        f"{record['key'] or '(no key)'} {record['origin']} {record['value_bytes']} bytes {replayed}"
        f"{' '.join(record['error_text'].split())}"
    )


def summary_line(counted: ReasonCount) -> str:
    """One reason and how often it was given."""
    return (
        f"{counted.count:>6} {counted.stage:<10} {counted.error_class:<18} {counted.topic}, "
        f"newest {at(counted.newest_ms)}"
    )


def preview(contents: Contents, chosen: Sequence[FoundLetter]) -> str:
    """What a replay with filters would send, and how to have it sent."""
    noted = notes_by_place(contents.notes)
    done = sum(any(note.note.phase is ReplayPhase.DONE for note in noted.get(it.place, ())) for it in chosen)
    known = f"; {done} of them were replayed before and are left alone without --again" if done else ""
    lines = [summary_line(counted) for counted in counts_by_reason(chosen)]
    return "\n".join([*lines, f"{len(chosen)} dead letters{known}; nothing was sent: add --yes to send them"])


def outcome_text(found: FoundLetter, outcome: Outcome) -> str:
    """What became of one letter."""
    match outcome:
        case AlreadyReplayed(at_ms=at_ms, by=by):
            return f"was replayed at {at(at_ms)} from {by}; nothing was done (--again replays it once more)"
        case InProgress(at_ms=at_ms, by=by):
            return f"is being replayed since {at(at_ms)} from {by}; try again in two minutes if that was cut off"
        case NotSent(reason=reason):
            return f"was not sent: {reason}"
        case _:
            return f"sent to {found.letter.topic}"


def at(timestamp_ms: int) -> str:
    """A time, UTC, to the second."""
    return datetime.fromtimestamp(timestamp_ms / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_PHASES = {ReplayPhase.BEGUN: "replay begun", ReplayPhase.DONE: "replayed", ReplayPhase.FAILED: "replay failed"}
