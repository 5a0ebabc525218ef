"""Generators of hypothesis for the whole test suite."""

from hypothesis import strategies as st

from ommatid_schemas import (
    Alert,
    AlertType,
    Box,
    CameraState,
    CameraStatus,
    Clock,
    Event,
    Evidence,
    FrameEvent,
    FrameRef,
    FrameResult,
    Priority,
    Reason,
    Severity,
    Trigger,
)
from ommatid_schemas.sampling import Candidate, SamplingPolicy

times_us = st.integers(min_value=0, max_value=2**53)
camera_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
float32 = st.floats(min_value=0, max_value=1, width=32)
counts = st.integers(min_value=0, max_value=2**40)

boxes = st.builds(Box, st.sampled_from(["person", "car"]), float32, float32, float32, float32, float32)
box_tuples = st.lists(boxes, max_size=3).map(tuple)
frame_refs = st.builds(FrameRef, names, st.integers(0, 2**31 - 1), counts)
evidence = st.builds(Evidence, st.text(), times_us, frame_refs, box_tuples)

frame_events = st.builds(
    FrameEvent,
    frame_id=st.text(),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    captured_at_us=times_us,
    clock=st.sampled_from(Clock),
    published_at_us=times_us,
    agent_id=names,
    sequence=counts,
    reason=st.sampled_from(Reason),
    motion_score=float32,
    width=st.integers(1, 8192),
    height=st.integers(1, 8192),
    encoding=st.just("jpeg"),
    image=st.none() | st.binary(max_size=64),
    image_ref=st.none() | st.text(),
)
frame_results = st.builds(
    FrameResult,
    frame_id=st.text(),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    captured_at_us=times_us,
    published_at_us=times_us,
    admitted_at_us=times_us,
    inferred_at_us=times_us,
    reason=st.sampled_from(Reason),
    model=names,
    model_version=st.text(),
    boxes=box_tuples,
    frame_ref=frame_refs,
    batch_size=st.integers(1, 64),
    answer=st.none() | st.text(),
)
triggers = st.builds(Trigger, camera_ids, times_us, st.text(), float32)
alerts = st.builds(
    Alert,
    alert_id=st.text(),
    type=st.sampled_from(AlertType),
    camera_id=camera_ids,
    region=names,
    group=names,
    priority=st.sampled_from(Priority),
    rule=names,
    kind=names,
    severity=st.sampled_from(Severity),
    label=names,
    score=float32,
    zones=st.lists(names, max_size=3).map(tuple),
    track_id=st.none() | st.text(),
    started_at_us=times_us,
    ended_at_us=st.none() | times_us,
    captured_at_us=times_us,
    raised_at_us=times_us,
    latency_ms=st.dictionaries(names, st.floats(allow_nan=False), max_size=3),
    late=st.booleans(),
    deliver=st.lists(names, max_size=3).map(tuple),
    evidence=st.lists(evidence, max_size=2).map(tuple),
)
camera_statuses = st.builds(
    CameraStatus,
    camera_ids,
    names,
    st.sampled_from(CameraState),
    times_us,
    times_us,
    counts,
    counts,
    counts,
    st.dictionaries(names, counts, max_size=3),
)
events: st.SearchStrategy[Event] = st.one_of(frame_events, frame_results, triggers, alerts, camera_statuses)

policies = st.builds(
    SamplingPolicy,
    baseline_interval_us=st.integers(1_000_000, 60_000_000),
    motion_interval_us=st.integers(66_000, 1_000_000),
    event_window_us=st.integers(1_000_000, 30_000_000),
    event_interval_us=st.just(0) | st.integers(66_000, 500_000),
    event_min_score=float32,
    shadow_share=st.floats(0, 1),
)


@st.composite
def candidates(draw: st.DrawFn, count: int = 60) -> list[Candidate]:
    """Frames of one camera in order of capture, 20 ms to 2 s apart, moving or not."""
    at_us = draw(times_us)
    frames: list[Candidate] = []
    for _ in range(draw(st.integers(0, count))):
        at_us += draw(st.integers(20_000, 2_000_000))
        frames.append(
            Candidate(at_us, draw(st.booleans()), draw(st.booleans()), draw(st.floats(0, 1, exclude_max=True)))
        )
    return frames
