"""Dead letters as a reading of their topic finds them."""

from ommatid_fleet.dead_letters import FoundLetter, FoundNote, LetterPlace
from ommatid_schemas import DeadLetter
from ommatid_schemas.replay import ReplayNote, ReplayPhase

AT_MS = 1_790_000_000_000


def letter(
    offset: int = 17,
    *,
    stage: str = "inference",
    error_class: str = "UndecodableImage",
    topic: str = "omm.frames.eu.safety.entrances",
    key: bytes | None = b"lobby-1",
    at_ms: int = AT_MS,
) -> FoundLetter:
    dead = DeadLetter(key, b"", topic, 2, 41, stage, error_class, "no JPEG")
    return FoundLetter(LetterPlace(0, offset), at_ms, 51_234, dead)


def note(phase: ReplayPhase, number: int = 1, at_ms: int = AT_MS, claim: str = "ours", offset: int = 17) -> FoundNote:
    return FoundNote(ReplayNote(0, offset, number, phase, claim, "host-1"), at_ms)
