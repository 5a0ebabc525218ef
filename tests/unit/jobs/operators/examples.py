"""Events with only the fields that a test talks about."""

from dataclasses import replace

from ommatid_schemas.events import Box, FrameEvent, FrameRef, FrameResult, Reason
from tests.sample_events import sample_frame, sample_result

T0_US = 1_700_000_000_000_000
S = 1_000_000
PERSON = Box("person", 0.9, 0.4, 0.5, 0.2, 0.25)  # stands at (0.5, 0.75)


def frame(at_s: float, reason: Reason = Reason.MOTION, waited_before_publication_s: float = 0.1) -> FrameEvent:
    at_us = T0_US + round(at_s * S)
    waited_us = round(waited_before_publication_s * S)
    return sample_frame(at_us, "cam-1", published_at_us=at_us + waited_us, reason=reason)


def result(at_s: float, *boxes: Box, published_s: float | None = None) -> FrameResult:
    published_at_us = None if published_s is None else T0_US + round(published_s * S)
    at_us, frame_ref = T0_US + round(at_s * S), FrameRef("omm.frames.eu.safety.entrances", 2, round(at_s * 10))
    return sample_result(at_us, *boxes, camera_id="cam-1", published_at_us=published_at_us, frame_ref=frame_ref)


def standing_at(x: float, y: float, label: str = "person", score: float = 0.9) -> Box:
    """A box whose bottom centre is (x, y)."""
    return replace(PERSON, label=label, score=score, x=x - 0.05, y=y - 0.2, w=0.1, h=0.2)
