"""How many objects count for a rule in a frame."""

from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.matching import matches, zones_of_rule
from ommatid_jobs.operators.rules.rule_book import AlertRule, CameraRules
from ommatid_jobs.operators.rules.state import Condition, Match
from ommatid_jobs.operators.tracking import Track

UNSEEN_US = 3_000_000
"""How long an object that is not seen goes on counting, microseconds."""


def counted(
    rule: AlertRule, camera: CameraRules, before: Condition, frame: Frame
) -> tuple[int, tuple[Match, ...], tuple[str, ...]]:
    """Count objects.

    An object that was seen twice and that a frame does not show is still there for :data:`UNSEEN_US`, as long as its
    track lives: detectors miss one now and then. But where an object that was not known before appears meanwhile, it
    may be the same one under another track, and stands in for it.

    Args:
        rule: The rule.
        camera: Rules of the camera.
        before: What counted before.
        frame: The frame.

    Returns:
        The number of objects, those that are seen, and the tracks of all.
    """
    seen = tuple(matches(rule, camera.zones, zones_of_rule(rule), frame, lambda _: True))
    tracks = [frame.tracks[match.track_id] for match in seen if match.track_id]
    unseen = [frame.tracks[name] for name in before.counted if _is_unseen(name, frame)]
    replaced = min(len(unseen), _begun_since(tracks, unseen))
    names = sorted({track.track_id for track in (*tracks, *unseen)})
    return len(seen) + len(unseen) - replaced, seen, tuple(names)


def _is_unseen(track_id: str, frame: Frame) -> bool:
    track = frame.tracks.get(track_id)
    if track is None or track_id in frame.objects or len(track.scores) < 2:
        return False
    return frame.result.captured_at_us - track.seen_at_us <= UNSEEN_US


def _begun_since(tracks: list[Track], unseen: list[Track]) -> int:
    """How many objects began after one of the unseen ones was last seen."""
    first_us = min((track.seen_at_us for track in unseen), default=0)
    return sum(track.started_at_us > first_us for track in tracks) if unseen else 0
