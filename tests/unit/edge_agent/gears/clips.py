"""Small clips, encoded when a test asks for them, and read as the agent reads a stream."""

# PyAV's stubs leave the kind of stream of packets open.
# pyright: reportUnknownMemberType=false

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from typing import cast

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

RATE = 10
WIDTH_PX, HEIGHT_PX = 160, 64


def clip(codec: str, frames: int, group: int, parameters: str = "bframes=0") -> bytes:
    """A clip in which frame n shows a bar at n, so that frames can be told apart.

    Args:
        codec: Encoder.
        frames: Number of frames, 10 per second.
        group: Frames from one key frame to the next.
        parameters: More parameters for x264 or x265, separated by colons.
    """
    file = BytesIO()
    with av.open(file, "w", format="matroska") as container:
        stream = cast("VideoStream", container.add_stream(codec, rate=RATE))
        stream.width, stream.height = WIDTH_PX, HEIGHT_PX
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.options = _options(codec, group, parameters)
        for number in range(frames):
            container.mux(stream.encode(_frame(number, stream.pix_fmt)))
        container.mux(stream.encode())
    return file.getvalue()


@contextmanager
def opened(encoded: bytes) -> Generator[tuple[VideoStream, Sequence["Packet[VideoStream]"]]]:
    """The stream of a clip, and its packets in decoding order."""
    container = av.open(BytesIO(encoded))
    assert isinstance(container, InputContainer)
    with container:
        stream = container.streams.video[0]
        yield stream, [packet for packet in container.demux(stream) if packet.size]


def _options(codec: str, group: int, parameters: str) -> dict[str, object]:
    if codec == "mjpeg":
        return {"huffman": "default"}
    shared = f"keyint={group}:min-keyint={group}:scenecut=0:{parameters}"
    if codec == "libx265":
        return {"preset": "ultrafast", "x265-params": f"{shared}:log-level=none:pools=none:frame-threads=1"}
    return {"preset": "ultrafast", "x264-params": f"{shared}:threads=1"}


def _frame(number: int, pixel_format: str | None) -> av.VideoFrame:
    pixels = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)
    left_px = number % (WIDTH_PX - 8)
    pixels[:, left_px : left_px + 8] = 220
    frame = av.VideoFrame.from_ndarray(pixels, format="bgr24").reformat(format=pixel_format)
    frame.pts, frame.time_base = number, Fraction(1, RATE)
    return frame
