"""Events with only the fields that a test talks about."""

from dataclasses import replace

from ommatid_schemas.events import Box, Clock, FrameEvent, FrameRef, FrameResult, Reason, frame_id
from ommatid_schemas.priority import Priority

T0_US = 1_700_000_000_000_000
S = 1_000_000
PERSON = Box("person", 0.9, 0.4, 0.5, 0.2, 0.25)  # stands at (0.5, 0.75)


def frame(at_s: float, reason: Reason = Reason.MOTION, waited_before_publication_s: float = 0.1) -> FrameEvent:
    at_us = T0_US + round(at_s * S)
    return FrameEvent(
        frame_id=frame_id("cam-1", at_us),
        camera_id="cam-1",
        region="eu",
        group="entrances",
        priority=Priority.SAFETY,
        captured_at_us=at_us,
        clock=Clock.RTCP,
        published_at_us=at_us + round(waited_before_publication_s * S),
        agent_id="agent-1",
        sequence=1,
        reason=reason,
        motion_score=0.1,
        width=640,
        height=480,
        encoding="jpeg",
        image=b"jpeg",
    )


def result(at_s: float, *boxes: Box, published_s: float | None = None) -> FrameResult:
    at_us = T0_US + round(at_s * S)
    published_us = at_us + 100_000 if published_s is None else T0_US + round(published_s * S)
    return FrameResult(
        frame_id=frame_id("cam-1", at_us),
        camera_id="cam-1",
        region="eu",
        group="entrances",
        priority=Priority.SAFETY,
        captured_at_us=at_us,
        published_at_us=published_us,
        admitted_at_us=published_us + 20_000,
        inferred_at_us=published_us + 90_000,
        reason=Reason.MOTION,
        model="nanodet-416",
        model_version="1",
        boxes=boxes,
        frame_ref=FrameRef("omm.frames.eu.safety.entrances", 2, round(at_s * 10)),
        batch_size=4,
    )


def standing_at(x: float, y: float, label: str = "person", score: float = 0.9) -> Box:
    """A box whose bottom centre is (x, y)."""
    return replace(PERSON, label=label, score=score, x=x - 0.05, y=y - 0.2, w=0.1, h=0.2)
