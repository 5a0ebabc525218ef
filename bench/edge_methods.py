"""What `bench/edge.py` compares: ways to watch one camera, each the loop of one thread over one RTSP connection."""

# PyAV's stubs leave the kind of stream of packets open.
# pyright: reportUnknownMemberType=false

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager

import cv2
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from edge_clips import FPS, GROUP_S
from ommatid_edge.camera_plan import CameraPlan
from ommatid_edge.chosen_frame import ChosenFrame
from ommatid_edge.decoding import Decoded
from ommatid_edge.frame_handler import FrameHandler
from ommatid_edge.frame_selection import DropReason
from ommatid_edge.picture import SkippedPackets
from ommatid_edge.rtsp_stream import StreamLimits, open_container, open_rtsp
from ommatid_edge.trigger_board import TriggerBoard
from ommatid_edge.video_picture import VideoPicture
from ommatid_schemas.events import Tampering

LIMITS = StreamLimits()
Luma = NDArray[np.uint8]
Watch = Callable[[CameraPlan, Callable[[], bool]], Iterator[int]]
"""Watches a camera until told to stop; gives the number of its frames that passed, about once per packet."""

_SMALL_WIDTH_PX = 320
_SETTLED_FRAMES = 2 * GROUP_S * FPS
_COMPARED_HEIGHT_PX = 100
_CHANGED = 30


class _Discard:
    """Forgets what it is given: what is measured ends where the spool begins."""

    gear_now = ""

    def chosen(self, frame: ChosenFrame) -> None:
        del frame

    def dropped(self, camera_id: str, reason: DropReason, count: int = 1) -> None:
        del camera_id, reason, count

    def clock(self, offset_us: int | None, drift_ppm: float | None = None, jumps: int = 0) -> None:
        del offset_us, drift_ppm, jumps

    def gear(self, name: str, key_frame_distance_us: int | None) -> None:
        del key_frame_distance_us
        self.gear_now = name

    def tampering(self, found: Mapping[Tampering, int]) -> None:
        del found


def demux_only(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Reads packets, and that is all."""
    with _packets(plan, stopping) as packets:
        for _ in packets:
            yield 1


def idle(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Ours on a still scene: key frames, gate, sampling, and a frame each 30 s."""
    return _agent(plan, stopping, "idle")


def moving(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Ours on a street: every frame, gate, sampling, two frames per second scaled and encoded."""
    return _agent(plan, stopping, "full")


def _agent(plan: CameraPlan, stopping: Callable[[], bool], gear: str) -> Iterator[int]:
    """What the agent does with one camera; fails when it is not in the gear that is to be measured."""
    outlet = _Discard()
    handler = FrameHandler(plan, outlet, TriggerBoard([plan.camera_id]), outlet)
    with open_rtsp(plan, handler, LIMITS, lambda: time.time_ns() // 1000, stopping) as stream:
        frames = 0
        for decoded in stream.frames():
            handler.handle(decoded)
            frames += _count(decoded)
            if frames > _SETTLED_FRAMES and outlet.gear_now != gear:
                raise RuntimeError(f"expected the gear {gear}, found {outlet.gear_now}: the figure would mean nothing")
            yield _count(decoded)


def full_decode(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Decodes every frame and looks at none."""
    with _frames(plan, stopping) as frames:
        for _ in frames:
            yield 1


def full_decode_mog2(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Decodes every frame to BGR, as OpenCV's VideoCapture does, scales it to 320 pixels width, and runs MOG2 on it."""
    subtractor, reformatter = cv2.createBackgroundSubtractorMOG2(), VideoReformatter()
    with _frames(plan, stopping) as frames:
        for frame in frames:
            size_px = (_SMALL_WIDTH_PX, round(frame.height * _SMALL_WIDTH_PX / frame.width))
            bgr = np.asarray(reformatter.reformat(frame, format="bgr24", threads=1).to_ndarray(), np.uint8)
            subtractor.apply(cv2.resize(bgr, size_px, interpolation=cv2.INTER_AREA))
            yield 1


def running_average_5fps(plan: CameraPlan, stopping: Callable[[], bool]) -> Iterator[int]:
    """Decodes every frame; on each third one the difference to a running average, as home recorders do.

    Luma scaled to 100 pixels height by nearest neighbour, blurred, compared, dilated, grouped.
    """
    reformatter = VideoReformatter()
    average: NDArray[np.float32] | None = None
    with _frames(plan, stopping) as frames:
        for number, frame in enumerate(frames):
            if number % (FPS // 5) == 0:
                average = _compare(VideoPicture(frame, reformatter).luma(), average)
            yield 1


METHODS: Mapping[str, Watch] = {
    "demux_only": demux_only,
    "idle": idle,
    "moving": moving,
    "full_decode": full_decode,
    "full_decode_mog2": full_decode_mog2,
    "running_average_5fps": running_average_5fps,
}


def _count(decoded: Decoded) -> int:
    return decoded.count if isinstance(decoded, SkippedPackets) else 1


@contextmanager
def _packets(plan: CameraPlan, stopping: Callable[[], bool]) -> "Generator[Iterator[Packet[VideoStream]]]":
    """Packets of a connection that is opened as ours is."""
    container = open_container(plan.address, LIMITS)
    try:
        demuxed = container.demux(container.streams.video[0])
        yield (packet for packet in iter(lambda: None if stopping() else next(demuxed), None) if packet.size)
    finally:
        container.close()


@contextmanager
def _frames(plan: CameraPlan, stopping: Callable[[], bool]) -> Generator[Iterator[VideoFrame]]:
    with _packets(plan, stopping) as packets:
        yield (frame for packet in packets for frame in _decoded(packet))


def _decoded(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    codec = packet.stream.codec_context
    if not codec.is_open:
        codec.thread_type, codec.thread_count = "SLICE", 1
    return packet.decode()


def _compare(luma: Luma, average: NDArray[np.float32] | None) -> NDArray[np.float32]:
    """One step of a running average; gives the next average."""
    size_px = (round(luma.shape[1] * _COMPARED_HEIGHT_PX / luma.shape[0]), _COMPARED_HEIGHT_PX)
    small = cv2.resize(np.ascontiguousarray(luma), size_px, interpolation=cv2.INTER_NEAREST)
    seen = cv2.GaussianBlur(small, (3, 3), 0).astype(np.float32)
    if average is None:
        return seen
    changed = (np.abs(seen - average) > _CHANGED).astype(np.uint8)
    cv2.connectedComponentsWithStats(cv2.dilate(changed, np.ones((3, 3), np.uint8)))
    return average + np.float32(0.02) * (seen - average)
