"""What a frame showed, as it is kept for evidence."""

from collections.abc import Iterable

from ommatid_jobs.operators.rules.frame import Frame
from ommatid_jobs.operators.rules.state import Match, Sighting


def sighting(frame: Frame, matches: tuple[Match, ...]) -> Sighting:
    """Evidence of what a rule found in a frame."""
    result = frame.result
    return Sighting(frame.number, result.frame_id, result.captured_at_us, result.frame_ref, matches)


def zones_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Zones in which the boxes of these frames stand."""
    return frozenset(zone for seen in sightings for match in seen.matches for zone in match.zones)


def tracks_of(sightings: Iterable[Sighting]) -> frozenset[str]:
    """Tracks of the boxes in these frames."""
    return frozenset(match.track_id for seen in sightings for match in seen.matches if match.track_id)


def best_match(sightings: Iterable[Sighting]) -> Match | None:
    """The match of the best score; the first of equals, and None where no frame has a box."""
    return max((match for seen in sightings for match in seen.matches), key=lambda it: it.box.score, default=None)
