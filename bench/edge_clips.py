"""Streams for `bench/edge.py`, encoded as cameras encode, and a server for them in a process of its own."""

# PyAV's stubs leave the kind of stream of packets open.
# pyright: reportUnknownMemberType=false

import logging
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import av
import numpy as np
import structlog
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from ommatid_edge.simulator import CameraServer, SimulatedCamera, background_server
from ommatid_edge.simulator.scenes import FOOTAGE

FPS = 15
GROUP_S = 2
_LENGTH_S = 10
_NOISE = 3.0


@dataclass(frozen=True, slots=True)
class Format:
    """A stream: size in pixels and bits per second."""

    width_px: int
    height_px: int
    bit_rate: int


FORMATS: Mapping[str, Format] = {
    "1080p15": Format(1920, 1080, 4_000_000),
    "720p15": Format(1280, 720, 2_000_000),
    "640x360p15": Format(640, 360, 600_000),
}


STILL, STREET = "empty", "people"
"""Committed footage: nobody in the picture, and people all the time."""


def encode(folder: Path, name: str, footage: str) -> Path:
    """Encode ten seconds of committed footage at one of the formats, H.264 High with a key frame each 2 s.

    Like a camera's encoder, x264 is held to the bit rate within half a second, and the pictures have sensor noise
    (standard deviation 3 of 255 on luma): key frames are six to seven times as large as the others. Without both,
    scaled-up footage puts a third of all bits into key frames.
    """
    shape, path = FORMATS[name], folder / f"{footage}-{name}.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=_options(shape.bit_rate))
        stream.width, stream.height, stream.pix_fmt = shape.width_px, shape.height_px, "yuv420p"
        for frame in islice(_noisy(shape, footage), FPS * _LENGTH_S):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def serve(scenes: Mapping[str, Path], ready: Connection) -> None:
    """Serve one camera per scene until SIGTERM; tells its port once it listens. The main of a child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    server = CameraServer([SimulatedCamera(name, name) for name in scenes], scenes=scenes)
    with background_server(server):
        ready.send(server.port)
        signal.sigwait({signal.SIGTERM})


def _options(bit_rate: int) -> dict[str, str]:
    kilobits, group = bit_rate // 1000, FPS * GROUP_S
    parameters = (
        f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0:repeat-headers=1"
        f":bitrate={kilobits}:vbv-maxrate={kilobits}:vbv-bufsize={kilobits * 4 // 10}"
    )
    return {"preset": "veryfast", "x264-params": parameters}


def _noisy(shape: Format, footage: str) -> Iterator[VideoFrame]:
    """Frames at a size, over and over, each under another shift of the same noise."""
    noise = np.random.default_rng(1).normal(0, _NOISE, (shape.height_px, shape.width_px)).astype(np.int16)
    number = 0
    while True:
        with av.open(FOOTAGE / f"{footage}.mp4") as container:
            for frame in container.decode(video=0):
                scaled = frame.reformat(shape.width_px, shape.height_px, "yuv420p").to_ndarray().astype(np.int16)
                scaled[: shape.height_px] += np.roll(noise, (37 * number, 61 * number), (0, 1))
                pixels: NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8)
                noisy = VideoFrame.from_ndarray(pixels, format="yuv420p")
                noisy.pts, noisy.time_base = number, Fraction(1, FPS)
                number += 1
                yield noisy
