"""What the rules remember of one camera, and its versioned bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_schemas.events import Box, FrameRef


@dataclass(frozen=True, slots=True)
class Match:
    """A box that satisfies a rule, and the rule's zones in which it stands."""

    box: Box
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame in which a rule matched. ``number`` counts the camera's frames."""

    number: int
    frame_id: str
    captured_at_us: int
    frame_ref: FrameRef
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule on one camera.

    Attributes:
        sightings: Matching frames that still count towards confirmation, oldest first.
        quiet_until_us: Capture time at which the cooldown of a zone ends; the whole frame of a
            rule without zones has the empty name.
    """

    sightings: tuple[Sighting, ...] = ()
    quiet_until_us: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class RulesState:
    """All rules of one camera.

    Attributes:
        captured_at_us: Capture time of the last frame, microseconds; 0 before the first.
        published_at_us: When that frame was published.
        frames: Frames evaluated so far.
        rules: By rule name.
    """

    captured_at_us: int = 0
    published_at_us: int = 0
    frames: int = 0
    rules: Mapping[str, RuleState] = field(default_factory=dict[str, RuleState])


_VERSION = 1


def pack_state(state: RulesState) -> bytes:
    """Versioned bytes of a state (version 1: JSON without spaces, UTF-8)."""
    content = {
        "captured_at_us": state.captured_at_us,
        "published_at_us": state.published_at_us,
        "frames": state.frames,
        "rules": {name: _rule_to_json(rule) for name, rule in state.rules.items()},
    }
    return bytes([_VERSION]) + json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def unpack_state(packed: bytes) -> RulesState:
    """State of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    body = body_of(packed, _VERSION, "rules")
    try:
        content = json.loads(body)
        rules = {name: _rule_from_json(rule) for name, rule in content.pop("rules").items()}
        return RulesState(rules=rules, **content)
    except (ValueError, KeyError, TypeError) as exc:
        raise malformed("rules", exc) from exc


def _rule_to_json(rule: RuleState) -> dict[str, Any]:
    sightings = [_sighting_to_json(sighting) for sighting in rule.sightings]
    return {"sightings": sightings, "quiet_until_us": dict(rule.quiet_until_us)}


def _rule_from_json(content: dict[str, Any]) -> RuleState:
    sightings = tuple(_sighting_from_json(sighting) for sighting in content["sightings"])
    return RuleState(sightings, content["quiet_until_us"])


def _sighting_to_json(sighting: Sighting) -> dict[str, Any]:
    ref = sighting.frame_ref
    return {
        "number": sighting.number,
        "frame_id": sighting.frame_id,
        "captured_at_us": sighting.captured_at_us,
        "frame_ref": [ref.topic, ref.partition, ref.offset],
        "matches": [_match_to_json(match) for match in sighting.matches],
    }


def _sighting_from_json(content: dict[str, Any]) -> Sighting:
    return Sighting(
        number=content["number"],
        frame_id=content["frame_id"],
        captured_at_us=content["captured_at_us"],
        frame_ref=FrameRef(*content["frame_ref"]),
        matches=tuple(_match_from_json(match) for match in content["matches"]),
    )


def _match_to_json(match: Match) -> list[Any]:
    box = match.box
    return [box.label, box.score, box.x, box.y, box.w, box.h, *match.zones]


def _match_from_json(content: list[Any]) -> Match:
    label, score, x, y, w, h, *zones = content
    return Match(Box(label, score, x, y, w, h), tuple(zones))
