"""What `bench/gate.py` compares: four gates as people run them, and ours as it ships.

All but `fixed_1fps` choose frames by the default sampling policy (a frame each 30 s, 2 a second while something moves,
0.5 % of the rest), so that only the gates differ. CPU is the time of the thread from demuxing up to the choice of a
frame; encoding what is published is the same for all and left out. The methods that need every frame share one pass
of decoding, and each is charged for the whole of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Protocol

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ommatid_edge.agent_plan import plan_agent
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.frame_judge import FrameJudge
from ommatid_edge.frame_selection import Chosen
from ommatid_edge.gears.two_gears import TwoGears
from ommatid_edge.picture import ArrivedFrame
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_edge.video_picture import VideoPicture
from ommatid_schemas.events import frame_id
from ommatid_schemas.fleet_file import Fleet
from ommatid_schemas.sampling import Candidate, SamplingState, choose, shadow_draw

Luma = NDArray[np.uint8]

START_US = 1_700_000_000_000_000
"""Wall-clock time at which a clip starts, us UTC; all that follows is virtual time."""

_HOLD_US = 1_000_000
"""How long the gates that people run count as moving after the last change; the same as ours."""


@dataclass(frozen=True, slots=True)
class Published:
    """A frame that was published, seconds since the start of the clip."""

    captured_s: float
    published_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method published, in order, and the CPU seconds that it took."""

    published: tuple[Published, ...]
    cpu_s: float


def camera_plan() -> CameraPlan:
    """A camera with the defaults of the fleet file, planned as the agent does it."""
    fleet = Fleet.model_validate(
        {
            "version": 1,
            "regions": {"here": {"kafka": {"bootstrap": "localhost:9092"}}},
            "groups": {"all": {"priority": "standard"}},
            "cameras": {"camera-1": {"url": "rtsp://localhost/camera-1", "region": "here", "group": "all"}},
        }
    )
    return plan_agent(fleet, None, (), {}).cameras[0]


def run_all(clip: Path) -> Mapping[str, Outcome]:
    """Outcome of each method on one H.264 clip."""
    return {**_on_every_frame(clip), "packet_size": packet_size(clip), "ours": ours(clip)}


def ours(clip: Path) -> Outcome:
    """The agent's own path: two gears and frame selection, with the packets arriving at their own times."""
    plan = camera_plan()
    judge = FrameJudge(plan, TriggerBoard([plan.camera_id]))
    now_us = START_US
    published: list[Published] = []
    started_s = thread_time()
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        gears = TwoGears(stream, plan.decode, lambda: now_us, judge)
        for packet, at_us in _packets(container, stream):
            now_us = at_us
            for decoded in gears.frames(packet):
                verdict = judge.judge(decoded) if isinstance(decoded, ArrivedFrame) else None
                if isinstance(verdict, Chosen):
                    published.append(_published(verdict.captured_at_us, now_us))
    return Outcome(tuple(published), thread_time() - started_s)


def packet_size(clip: Path) -> Outcome:
    """A threshold on packet sizes alone: key frames are decoded, and all of the group while packets are large.

    A packet is large from 1.5 times the running average of those that are no key frames.
    """
    sampler = _Sampler()
    kept: list[Packet[VideoStream]] = []
    average, moving_until_us = 0.0, 0
    started_s = thread_time()
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        for packet, at_us in _packets(container, stream):
            if packet.is_keyframe:
                kept.clear()
            else:
                if average and packet.size > 1.5 * average:
                    moving_until_us = at_us + _HOLD_US
                average += 0.05 * (packet.size - average) if average else packet.size
            kept.append(packet)
            if packet.is_keyframe or at_us < moving_until_us:
                for before in kept:
                    before.decode()
                kept.clear()
                sampler.offer(at_us, moving=at_us < moving_until_us)
    return Outcome(tuple(sampler.published), thread_time() - started_s)


class _Watcher(Protocol):
    """A gate that sees every frame."""

    published: list[Published]

    def see(self, luma: Luma, at_us: int) -> None: ...


def _on_every_frame(clip: Path) -> dict[str, Outcome]:
    watchers: dict[str, _Watcher] = {"fixed_1fps": _Fixed(), "running_average": _RunningAverage(), "mog2": _Mog2()}
    spent_s = dict.fromkeys(watchers, 0.0)
    started_s = thread_time()
    reformatter = VideoReformatter()
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for packet, _ in _packets(container, stream):
            for frame in packet.decode():
                luma = VideoPicture(frame, reformatter).luma()
                at_us = START_US + round(1e6 * float(frame.time or 0.0))
                for name, watcher in watchers.items():
                    before_s = thread_time()
                    watcher.see(luma, at_us)
                    spent_s[name] += thread_time() - before_s
    shared_s = thread_time() - started_s - sum(spent_s.values())
    return {name: Outcome(tuple(watcher.published), shared_s + spent_s[name]) for name, watcher in watchers.items()}


class _Fixed:
    """One frame per second, whatever it shows."""

    def __init__(self) -> None:
        self.published: list[Published] = []
        self._next_us = START_US

    def see(self, luma: Luma, at_us: int) -> None:
        del luma
        if at_us >= self._next_us:
            self.published.append(_published(at_us, at_us))
            self._next_us += 1_000_000


class _Sampler:
    """The default sampling policy behind somebody else's gate."""

    def __init__(self) -> None:
        self.published: list[Published] = []
        self._policy = camera_plan().policy
        self._state = SamplingState()

    def offer(self, at_us: int, *, moving: bool) -> None:
        draw = shadow_draw(frame_id("camera-1", at_us))
        candidate = Candidate(captured_at_us=at_us, moving=moving, scene_changed=False, shadow_draw=draw)
        choice = choose(self._policy, self._state, candidate)
        self._state = choice.state
        if choice.reason is not None:
            self.published.append(_published(at_us, at_us))


class _RunningAverage(_Sampler):
    """Difference to a running average at 5 frames/s, with the numbers of a widespread home NVR.

    100 px high by nearest neighbour, blurred, difference to an average that takes 2 % of each frame, threshold 30,
    dilated, patches from 10 px; more than 80 % of the picture is lightning and starts the average over.
    """

    def __init__(self) -> None:
        super().__init__()
        self._average: NDArray[np.float32] | None = None
        self._next_us = START_US
        self._moving_until_us = 0

    def see(self, luma: Luma, at_us: int) -> None:
        if at_us < self._next_us:
            return
        self._next_us = at_us + 190_000
        if self._moves(luma):
            self._moving_until_us = at_us + _HOLD_US
        self.offer(at_us, moving=at_us < self._moving_until_us)

    def _moves(self, luma: Luma) -> bool:
        size = (round(luma.shape[1] * 100 / luma.shape[0]), 100)
        small = cv2.resize(np.ascontiguousarray(luma), size, interpolation=cv2.INTER_NEAREST)
        seen = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
        if self._average is None:
            self._average = seen
            return False
        changed = (np.abs(seen - self._average) > 30).astype(np.uint8)
        if changed.mean() > 0.8:
            self._average = seen
            return False
        self._average += 0.02 * (seen - self._average)
        return _largest_patch_px(cv2.dilate(changed, np.ones((3, 3), np.uint8)).astype(np.uint8, copy=False)) >= 10


class _Mog2(_Sampler):
    """OpenCV's mixture of Gaussians with its defaults, shadows left out, on every frame at 320 px width.

    The foreground is opened by 3 x 3 pixels; patches from 0.05 % of the picture move.
    """

    def __init__(self) -> None:
        super().__init__()
        self._subtractor = cv2.createBackgroundSubtractorMOG2()
        self._moving_until_us = 0

    def see(self, luma: Luma, at_us: int) -> None:
        size = (320, round(luma.shape[0] * 320 / luma.shape[1]))
        small = cv2.resize(np.ascontiguousarray(luma), size, interpolation=cv2.INTER_AREA)
        foreground = (self._subtractor.apply(small) == 255).astype(np.uint8)
        opened = cv2.morphologyEx(foreground, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)).astype(np.uint8, copy=False)
        share = np.count_nonzero(opened) / opened.size
        if at_us > START_US and share < 0.8 and _largest_patch_px(opened) >= 0.0005 * opened.size:
            self._moving_until_us = at_us + _HOLD_US
        self.offer(at_us, moving=at_us < self._moving_until_us)


def _largest_patch_px(mask: NDArray[np.uint8]) -> int:
    if not mask.any():
        return 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return int(stats[1:, cv2.CC_STAT_AREA].max())


def _packets(container: InputContainer, stream: VideoStream) -> "Iterator[tuple[Packet[VideoStream], int]]":
    """Packets that hold a frame, with their time in the clip, us UTC."""
    for packet in container.demux(stream):
        if packet.pts is not None and packet.size:
            yield packet, START_US + round(1e6 * float(packet.pts * packet.time_base))


def _published(captured_at_us: int, now_us: int) -> Published:
    return Published((captured_at_us - START_US) / 1e6, (now_us - START_US) / 1e6)
