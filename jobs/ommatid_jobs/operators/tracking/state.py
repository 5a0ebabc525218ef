"""Versioned bytes of a camera's tracks."""

import json
from dataclasses import astuple
from typing import Any

from ommatid_jobs.operators.packed_state import body_of, malformed
from ommatid_jobs.operators.tracking.motion_model import Motion
from ommatid_jobs.operators.tracking.overlap import Extent
from ommatid_jobs.operators.tracking.rest import Rest
from ommatid_jobs.operators.tracking.track import Track
from ommatid_jobs.operators.tracking.tracker import TrackerState

_VERSION = 1


def pack_state(state: TrackerState) -> bytes:
    """Versioned bytes of a state (version 1: JSON without spaces, UTF-8)."""
    content = [state.captured_at_us, *map(_to_json, state.tracks)]
    return bytes([_VERSION]) + json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def unpack_state(packed: bytes) -> TrackerState:
    """State of versioned bytes.

    Raises:
        IncompatibleStateError: The bytes are of an unknown version, or damaged.
    """
    body = body_of(packed, _VERSION, "tracker")
    try:
        captured_at_us, *tracks = json.loads(body)
        return TrackerState(captured_at_us, tuple(map(_from_json, tracks)))
    except (ValueError, TypeError) as exc:
        raise malformed("tracker", exc) from exc


def _to_json(track: Track) -> list[Any]:
    rest = track.rest
    return [
        track.track_id,
        track.label,
        track.started_at_us,
        track.seen_at_us,
        track.missed,
        astuple(track.motion),
        [*rest.place, rest.since_us, rest.until_us, rest.frames, rest.away],
        track.scores,
    ]


def _from_json(content: list[Any]) -> Track:
    track_id, label, started_at_us, seen_at_us, missed, motion, (x, y, w, h, *rest), scores = content
    return Track(
        track_id=track_id,
        label=label,
        started_at_us=started_at_us,
        seen_at_us=seen_at_us,
        motion=Motion(*motion),
        rest=Rest(Extent(x, y, w, h), *rest),
        scores=tuple(scores),
        missed=missed,
    )
