"""Encodes scenes as IP cameras do: H.264, no B-frames, no scene cuts, a key frame at a fixed distance."""

# PyAV leaves the options of add_stream open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Encoding:
    """Size and rate of the pictures, and what the encoder aims at.

    Attributes:
        width_px: Width.
        height_px: Height.
        fps: Frames per second.
        crf: x264's constant quality: the bit rate follows the scene, as with a camera's VBR.
    """

    width_px: int
    height_px: int
    fps: Fraction
    crf: int = 26


def encode(pictures: Iterable[NDArray[np.uint8]], encoding: Encoding, key_frame_s: Mapping[Path, float]) -> None:
    """Encode the same pictures several times.

    Args:
        pictures: (H * 3 / 2, W) uint8 I420 each.
        encoding: Size, rate, quality.
        key_frame_s: File to write -> distance of its key frames, seconds.
    """
    with ExitStack() as stack:
        outputs: list[tuple[OutputContainer, VideoStream]] = []
        for path, distance_s in key_frame_s.items():
            container = stack.enter_context(av.open(str(path), "w"))
            outputs.append((container, _h264(container, encoding, round(distance_s * encoding.fps))))
        for index, picture in enumerate(pictures):
            for container, stream in outputs:
                frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
                frame.pts, frame.time_base, frame.pict_type = index, 1 / encoding.fps, PictureType.NONE
                container.mux(stream.encode(frame))
        for container, stream in outputs:
            container.mux(stream.encode(None))


def _h264(container: OutputContainer, encoding: Encoding, key_frame_every: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=encoding.fps)
    stream.width, stream.height, stream.pix_fmt = encoding.width_px, encoding.height_px, "yuv420p"
    interval = f"keyint={key_frame_every}:min-keyint={key_frame_every}:scenecut=0:bframes=0"
    stream.options = {
        "crf": str(encoding.crf),
        "preset": "veryfast",
        "x264-params": f"{interval}:rc-lookahead=0:threads=1",
    }
    return stream
