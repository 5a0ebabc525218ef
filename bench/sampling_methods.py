"""What `bench/sampling.py` compares: one frame per second, and the three layers as they ship.

The layers run twice, as in service: `ommatid_schemas.sampling.choose` at the edge, then
`ommatid_jobs.operators.sampler.on_frame` for what the edge published; `ommatid_jobs.operators.triggers.on_result` turns
boxes into triggers, which reach both a round trip later. Time is virtual.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from ommatid_jobs.operators import sampler, triggers
from ommatid_jobs.operators.sampler import Admitted, SamplerState
from ommatid_jobs.operators.triggers import TriggerState
from ommatid_schemas.events import Box, Clock, FrameEvent, FrameRef, FrameResult, Reason, Trigger, frame_id
from ommatid_schemas.priority import Priority
from ommatid_schemas.sampling import (
    Candidate,
    SamplingPolicy,
    SamplingState,
    choose,
    open_event_layer,
    shadow_draw,
)
from sampling_day import FPS, FRAMES, CameraDay, Gate

START_US = 1_700_006_400_000_000
"""Midnight UTC at which the day begins."""

FRAME_US = 1_000_000 // FPS

KEY_FRAME_S = 2
"""While nothing moves the edge sees key frames only; further apart than this it would decode everything."""

QUIET_S = 5
"""Time without motion after which the edge goes back to key frames; the default of the fleet file."""

PUBLISHED_AFTER_US, ADMITTED_AFTER_US, TRIGGERED_AFTER_US = 100_000, 150_000, 500_000
"""From capture to publication, to the sampler, and to the trigger's arrival at edge and sampler."""

RECALL, FALSE_BOXES = 0.89, 0.001
"""Share of frames that show something in which the model finds it (facts on the detector: recall 0.89 at the default
score), and share of empty frames in which it finds something all the same (assumed: nobody measured it)."""


@dataclass(slots=True)
class Looked:
    """What reached the model.

    Attributes:
        frames: When each frame reached it, by number of the frame; microseconds since midnight.
        found: Numbers of the frames in which the model found an event that is there.
        reasons: Frames by the sampler's reason.
    """

    frames: dict[int, int] = field(default_factory=dict[int, int])
    found: set[int] = field(default_factory=set[int])
    reasons: Counter[Reason] = field(default_factory=Counter[Reason])


def fixed(day: CameraDay, per_s: int = 1) -> Looked:
    """So many frames per second, whatever they show; each camera at its own phase."""
    step = FPS // per_s
    numbers = range(int(shadow_draw(day.camera_id) * step), FRAMES, step)
    return Looked(
        frames={number: number * FRAME_US + ADMITTED_AFTER_US for number in numbers},
        found={number for number in numbers if day.shown[number] and _finds(day, number)},
    )


def adaptive(day: CameraDay, gate: Gate, policy: SamplingPolicy) -> Looked:
    """The three layers."""
    camera = _Camera(day, policy)
    full_until, held_until = 0, 0
    for number in range(FRAMES):
        alive = day.moving[number] or number in day.scene_changes
        if alive or number < full_until or camera.wanted(number):
            if number >= full_until and not camera.wanted(number):
                # What is kept while idle is published once something says that the picture moves.
                held_until = number + round(_cue_s(day, gate, number) * FPS)
            full_until = max(full_until, number + QUIET_S * FPS) if alive else full_until
        elif number % (KEY_FRAME_S * FPS):
            continue
        camera.see(number, max(number, held_until))
    return camera.looked


def _cue_s(day: CameraDay, gate: Gate, number: int) -> float:
    """How long the frames since the last key frame wait, from one that moves; no longer than until the next one."""
    to_key_frame_s = -number % (KEY_FRAME_S * FPS) / FPS
    return min(shadow_draw(f"cue/{day.camera_id}/{number}") * 2 * gate.cue_s, to_key_frame_s)


class _Camera:
    """One camera's edge, its key in the sampler, and the model behind them."""

    def __init__(self, day: CameraDay, policy: SamplingPolicy) -> None:
        self.looked = Looked()
        self._day, self._policy = day, policy
        self._edge, self._sampler, self._last_trigger = SamplingState(), SamplerState(), TriggerState()
        self._under_way: deque[tuple[int, Trigger]] = deque()

    def wanted(self, number: int) -> bool:
        """Whether the edge decodes every frame because of a trigger."""
        self._deliver(_at_us(number))
        return self._edge.event_until_us > _at_us(number)

    def see(self, number: int, released: int) -> None:
        """Judge a frame that leaves the edge's buffer at the time of another one."""
        at_us, waited_us = _at_us(number), (released - number) * FRAME_US
        self._deliver(at_us)
        name = frame_id(self._day.camera_id, at_us)
        candidate = Candidate(
            at_us, bool(self._day.moving[number]), number in self._day.scene_changes, shadow_draw(name)
        )
        choice = choose(self._policy, self._edge, candidate)
        self._edge = choice.state
        if choice.reason is not None:
            published_us = at_us + waited_us + PUBLISHED_AFTER_US
            self._judge(number, _frame(self._day.camera_id, at_us, published_us, choice.reason))

    def _deliver(self, now_us: int) -> None:
        while self._under_way and self._under_way[0][0] <= now_us:
            _, trigger = self._under_way.popleft()
            self._edge = open_event_layer(self._edge, trigger.until_us)
            self._sampler = sampler.on_trigger(self._sampler, trigger)

    def _judge(self, number: int, frame: FrameEvent) -> None:
        now_us = frame.published_at_us + ADMITTED_AFTER_US - PUBLISHED_AFTER_US
        self._sampler, verdict = sampler.on_frame(self._sampler, frame, self._policy, Priority.STANDARD, now_us)
        if isinstance(verdict, Admitted):
            self.looked.frames[number] = now_us - START_US
            self.looked.reasons[verdict.reason] += 1
            self._infer(number, frame, now_us)

    def _infer(self, number: int, frame: FrameEvent, now_us: int) -> None:
        if not _finds(self._day, number):
            return
        if self._day.shown[number]:
            self.looked.found.add(number)
        result = _result(frame, now_us, Box("person", 0.7, 0.4, 0.4, 0.1, 0.3))
        self._last_trigger, trigger = triggers.on_result(self._last_trigger, result, self._policy)
        if trigger is not None:
            self._under_way.append((now_us + TRIGGERED_AFTER_US - ADMITTED_AFTER_US, trigger))


def _at_us(number: int) -> int:
    return START_US + number * FRAME_US


def _finds(day: CameraDay, number: int) -> bool:
    """Whether the model finds something in a frame: the same whoever asks."""
    likely = RECALL if day.shown[number] else FALSE_BOXES
    return shadow_draw(f"model/{day.camera_id}/{number}") < likely


def _frame(camera_id: str, at_us: int, published_us: int, reason: Reason) -> FrameEvent:
    return FrameEvent(
        frame_id=frame_id(camera_id, at_us),
        camera_id=camera_id,
        region="here",
        group="all",
        priority=Priority.STANDARD,
        captured_at_us=at_us,
        clock=Clock.RTCP,
        published_at_us=published_us,
        agent_id="agent-1",
        sequence=1,
        reason=reason,
        motion_score=0.0,
        width=640,
        height=360,
        encoding="jpeg",
        image=None,
    )


def _result(frame: FrameEvent, now_us: int, box: Box) -> FrameResult:
    return FrameResult(
        frame_id=frame.frame_id,
        camera_id=frame.camera_id,
        region=frame.region,
        group=frame.group,
        priority=frame.priority,
        captured_at_us=frame.captured_at_us,
        published_at_us=frame.published_at_us,
        admitted_at_us=now_us,
        inferred_at_us=now_us,
        reason=frame.reason,
        model="scripted",
        model_version="1",
        boxes=(box,),
        frame_ref=FrameRef("omm.frames.here.standard.all", 0, 0),
        batch_size=1,
    )
