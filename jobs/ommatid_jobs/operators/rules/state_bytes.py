"""Versioned bytes of what the rules remember of one camera."""

import json
import struct
from collections.abc import Iterable
from typing import Any

from ommatid_jobs.operators import tracking
from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_jobs.operators.rules.line_passages import Passage, Passages
from ommatid_jobs.operators.rules.lines import Direction
from ommatid_jobs.operators.rules.state import Condition, Match, OpenAlert, RulesState, RuleState, Sighting
from ommatid_jobs.operators.rules.zone_stays import Stay, Stays
from ommatid_schemas.events import Box, FrameRef, Severity

_VERSION = 4
_TRACKED_VERSIONS = (2, 3, _VERSION)
_VERSION_1 = 1
_NO_CONDITION = Condition()
_EMPTY: tuple[object, ...] = (None, [], (), {})
_HEAD = struct.Struct("<I")  # length of the packed tracks in bytes


def pack_state(state: RulesState) -> bytes:
    """Versioned bytes of a state (version 4): packed tracks, then JSON without spaces and empty parts, UTF-8."""
    content = {
        "captured_at_us": state.captured_at_us,
        "published_at_us": state.published_at_us,
        "frames": state.frames,
        "stays": state.stays,
        "passages": {
            track_id: {line: passage if passage.went else passage[:2] for line, passage in passages.items()}
            for track_id, passages in state.passages.items()
        },
        "rules": {name: _rule_to_json(rule) for name, rule in state.rules.items()},
    }
    tracks = tracking.pack_state(state.tracker)
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return bytes([_VERSION]) + _HEAD.pack(len(tracks)) + tracks + text.encode()


def unpack_state(packed: bytes) -> RulesState:
    """State of versioned bytes.

    Version 3 knew no lines, version 2 no conditions, and version 1 no tracks: it was JSON alone.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    version = packed[0] if packed[:1] and packed[0] in (_VERSION_1, *_TRACKED_VERSIONS) else _VERSION
    body = body_of(packed, version, "rules")
    try:
        return _state_1(json.loads(body)) if version == _VERSION_1 else _state(body)
    except (ValueError, KeyError, TypeError, struct.error) as exc:
        raise malformed("rules", exc) from exc


def _state(body: bytes) -> RulesState:
    (tracks_bytes,) = _HEAD.unpack_from(body)
    tracks_end = _HEAD.size + tracks_bytes
    content = json.loads(body[tracks_end:])
    return RulesState(
        captured_at_us=content["captured_at_us"],
        published_at_us=content["published_at_us"],
        frames=content["frames"],
        rules={name: _rule_from_json(rule) for name, rule in content["rules"].items()},
        tracker=tracking.unpack_state(body[_HEAD.size : tracks_end]),
        stays={track_id: _stays_from_json(stays) for track_id, stays in content["stays"].items()},
        passages={track_id: _passages_from_json(it) for track_id, it in content.get("passages", {}).items()},
    )


def _state_1(content: dict[str, Any]) -> RulesState:
    rules = {name: _rule_from_json_1(rule) for name, rule in content.pop("rules").items()}
    return RulesState(rules=rules, **content)


def _rule_from_json_1(content: dict[str, Any]) -> RuleState:
    """A rule of version 1, whose matches had no track."""
    sightings = [{**seen, "matches": [[None, *match] for match in seen["matches"]]} for seen in content["sightings"]]
    return RuleState(_sightings_from_json(sightings), content["quiet_until_us"])


def _rule_to_json(rule: RuleState) -> dict[str, Any]:
    content = {
        "sightings": [_sighting_to_json(seen) for seen in rule.sightings],
        "quiet_until_us": dict(rule.quiet_until_us),
        "reported": rule.reported,
        "open": [_open_to_json(alert) for alert in rule.open],
        "armed_at_us": rule.armed_at_us,
        "raised_us": rule.raised_us,
        "limited_us": rule.limited_us or None,
        "condition": _condition_to_json(rule.condition) if rule.condition != _NO_CONDITION else None,
        "matched_by": rule.matched_by or None,
    }
    return {key: value for key, value in content.items() if value not in _EMPTY}


def _rule_from_json(content: dict[str, Any]) -> RuleState:
    return RuleState(
        sightings=_sightings_from_json(content.get("sightings", ())),
        quiet_until_us=content.get("quiet_until_us", {}),
        reported=tuple(content.get("reported", ())),
        open=tuple(_open_from_json(alert) for alert in content.get("open", ())),
        armed_at_us=content.get("armed_at_us"),
        raised_us=tuple(content.get("raised_us", ())),
        limited_us=content.get("limited_us", 0),
        condition=_condition_from_json(*content["condition"]) if "condition" in content else _NO_CONDITION,
        matched_by=content.get("matched_by", ""),
    )


def _condition_to_json(condition: Condition) -> list[Any]:
    since, last = (seen and _sighting_to_json(seen) for seen in (condition.since, condition.last))
    recent = "".join("1" if held else "0" for held in condition.recent)
    return [recent, since, last, condition.raised, condition.counted]


def _condition_from_json(recent: str, since: Any, last: Any, raised: bool, counted: list[str]) -> Condition:
    seen = [None if one is None else _sightings_from_json([one])[0] for one in (since, last)]
    return Condition(tuple(held == "1" for held in recent), *seen, raised=raised, counted=tuple(counted))


def _open_to_json(alert: OpenAlert) -> list[Any]:
    last = _sighting_to_json(alert.last)
    told = [alert.alert_id, alert.kind, alert.label, alert.score, alert.zones, alert.tracks, alert.started_at_us, last]
    return [*told, alert.severity, alert.deliver, alert.ends]


def _open_from_json(content: list[Any]) -> OpenAlert:
    alert_id, kind, label, score, zones, tracks, started_at_us, last, *rest = content
    (seen,) = _sightings_from_json([last])
    severity, deliver, ends = rest or (None, (), True)
    return OpenAlert(
        alert_id,
        kind,
        label,
        score,
        tuple(filter(None, zones)),
        tuple(tracks),
        started_at_us,
        seen,
        None if severity is None else Severity(severity),
        tuple(deliver),
        ends,
    )


def _sighting_to_json(seen: Sighting) -> dict[str, Any]:
    ref = seen.frame_ref
    return {
        "number": seen.number,
        "frame_id": seen.frame_id,
        "captured_at_us": seen.captured_at_us,
        "frame_ref": [ref.topic, ref.partition, ref.offset],
        "matches": [_match_to_json(match) for match in seen.matches],
    }


def _sightings_from_json(contents: Iterable[dict[str, Any]]) -> tuple[Sighting, ...]:
    return tuple(
        Sighting(
            number=content["number"],
            frame_id=content["frame_id"],
            captured_at_us=content["captured_at_us"],
            frame_ref=FrameRef(*content["frame_ref"]),
            matches=tuple(_match_from_json(match) for match in content["matches"]),
        )
        for content in contents
    )


def _match_to_json(match: Match) -> list[Any]:
    box = match.box
    return [match.track_id, box.label, box.score, box.x, box.y, box.w, box.h, *match.zones]


def _match_from_json(content: list[Any]) -> Match:
    track_id, label, score, x, y, w, h, *zones = content
    return Match(Box(label, score, x, y, w, h), tuple(zones), track_id)


def _stays_from_json(content: dict[str, Any]) -> Stays:
    return {zone: Stay(*stay) for zone, stay in content.items()}


def _passages_from_json(content: dict[str, Any]) -> Passages:
    return {line: Passage(x, y, *map(Direction, went)) for line, (x, y, *went) in content.items()}
