"""One frame, one result and one alert as they might have been, for tests that talk about a few of their fields."""

from dataclasses import replace
from typing import Any

from ommatid_schemas import (
    Alert,
    AlertType,
    Box,
    Clock,
    Evidence,
    FrameEvent,
    FrameRef,
    FrameResult,
    Priority,
    Reason,
    Severity,
    frame_id,
)


def sample_frame(captured_at_us: int, camera_id: str = "lobby-1", **changes: Any) -> FrameEvent:
    """A moving frame of group ``entrances``, published 0.1 s after capture unless ``changes`` say otherwise."""
    frame = FrameEvent(
        frame_id=frame_id(camera_id, captured_at_us),
        camera_id=camera_id,
        region="eu",
        group="entrances",
        priority=Priority.SAFETY,
        captured_at_us=captured_at_us,
        clock=Clock.RTCP,
        published_at_us=captured_at_us + 100_000,
        agent_id="agent-1",
        sequence=1,
        reason=Reason.MOTION,
        motion_score=0.125,
        width=640,
        height=480,
        encoding="jpeg",
        image=b"jpeg",
    )
    return replace(frame, **changes)


def sample_result(
    captured_at_us: int, *boxes: Box, camera_id: str = "lobby-1", published_at_us: int | None = None, **changes: Any
) -> FrameResult:
    """What a model saw in such a frame, inferred 90 ms after publication."""
    published_us = captured_at_us + 100_000 if published_at_us is None else published_at_us
    result = FrameResult(
        frame_id=frame_id(camera_id, captured_at_us),
        camera_id=camera_id,
        region="eu",
        group="entrances",
        priority=Priority.SAFETY,
        captured_at_us=captured_at_us,
        published_at_us=published_us,
        admitted_at_us=published_us + 20_000,
        inferred_at_us=published_us + 90_000,
        reason=Reason.MOTION,
        model="nanodet-416",
        model_version="1",
        boxes=boxes,
        frame_ref=FrameRef("omm.frames.eu.safety.entrances", 2, captured_at_us // 100_000 % 2**31),
        batch_size=4,
    )
    return replace(result, **changes)


def sample_alert(captured_at_us: int, **changes: Any) -> Alert:
    """A person at a door, raised 0.4 s after capture, with that frame as evidence."""
    alert = Alert(
        alert_id="4f1c",
        type=AlertType.NEW,
        camera_id="lobby-1",
        region="eu-west",
        group="entrances",
        priority=Priority.SAFETY,
        rule="person-at-door",
        kind="presence",
        severity=Severity.HIGH,
        label="person",
        score=0.8700000047683716,  # 0.87 as a float32, which is what Avro carries
        zones=("door",),
        track_id=None,
        started_at_us=captured_at_us - 500_000,
        ended_at_us=None,
        captured_at_us=captured_at_us,
        raised_at_us=captured_at_us + 400_000,
        latency_ms={"edge": 50.0, "queue": 100.0, "infer": 200.0, "raise": 50.0, "total": 400.0},
        late=False,
        deliver=("soc",),
        evidence=(
            Evidence(
                frame_id("lobby-1", captured_at_us),
                captured_at_us,
                FrameRef("omm.frames.eu-west.safety.entrances", 2, 41),
                (Box("person", 0.87, 0.25, 0.5, 0.125, 0.375),),
            ),
        ),
    )
    return replace(alert, **changes)
