"""Encodes scenes the way a camera's encoder would: no B-frames, closed groups of pictures, repeated headers."""

# PyAV leaves the type argument of Packet and the options of add_stream open.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream

from ommatid_edge.simulator.encoding import Codec, Encoding, blend

Image = npt.NDArray[np.uint8]

VERSION = 1
"""Goes up when the same encoding gives other bytes, so that cached footage is made anew."""

_H264_QUALITY, _H265_QUALITY, _MJPEG_QUALITY = "28", "30", "6"


def transcode(scene: Path, target: Path, encoding: Encoding) -> None:
    """Encode a scene into an MP4 file; on one thread, so that it always gives the same bytes.

    Raises:
        FFmpegError: The scene cannot be read or the encoding is impossible.
        OSError: The target cannot be written.
    """
    scene_rate, scene_px = _rate_and_size(scene)
    rate = float(encoding.frames_per_s or scene_rate)
    size_px = encoding.picture_px(scene_px)
    pictures = _retimed(_repeated(scene), encoding.start_s, rate, float(scene_rate))
    with av.open(str(target), "w", format="mp4") as container:
        stream = _stream(container, encoding, size_px, Fraction(rate).limit_denominator(1_001))
        for index, picture in enumerate(islice(pictures, encoding.total_frames(rate))):
            frame = av.VideoFrame.from_ndarray(_fitted(picture, size_px), format="bgr24")
            frame = frame.reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base, frame.pict_type = index, 1 / stream.codec_context.framerate, PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _rate_and_size(scene: Path) -> tuple[Fraction, tuple[int, int]]:
    with av.open(str(scene)) as container:
        stream = container.streams.video[0]
        return stream.average_rate or Fraction(10), (stream.width, stream.height)


def _repeated(scene: Path) -> Iterator[Image]:
    """Frames of an endless loop: (H, W, 3) uint8 BGR."""
    while True:
        with av.open(str(scene)) as container:
            for frame in container.decode(video=0):
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _retimed(frames: Iterator[Image], start_s: float, rate: float, scene_rate: float) -> Iterator[Image]:
    """Frames at another rate, blended from the two around each of them."""
    pairs = enumerate(pairwise(islice(frames, round(start_s * scene_rate), None)))
    index, (earlier, later) = next(pairs)
    wanted = 0
    while True:
        position, weight = blend(wanted, rate, scene_rate)
        while index < position:
            index, (earlier, later) = next(pairs)
        yield np.asarray(cv2.addWeighted(earlier, 1 - weight, later, weight, 0), np.uint8) if weight else earlier
        wanted += 1


def _fitted(image: Image, size_px: tuple[int, int]) -> Image:
    """Cut to the shape of the picture around the middle, then scale."""
    height, width = image.shape[:2]
    if (width, height) == size_px:
        return image
    factor = min(width / size_px[0], height / size_px[1])
    cut_width, cut_height = round(size_px[0] * factor), round(size_px[1] * factor)
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    cut = image[top : top + cut_height, left : left + cut_width]
    interpolation = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(cut, size_px, interpolation=interpolation), np.uint8)


def _stream(container: OutputContainer, encoding: Encoding, size_px: tuple[int, int], rate: Fraction) -> VideoStream:
    group = encoding.group_frames(float(rate))
    groups = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0:repeat-headers=1"
    match encoding.codec:
        case Codec.H264:
            stream = container.add_stream("libx264", rate=rate, options=_h264_options(encoding.bit_rate, groups))
            stream.pix_fmt = "yuv420p"
        case Codec.H265:
            stream = container.add_stream("libx265", rate=rate, options=_h265_options(encoding.bit_rate, groups))
            stream.pix_fmt = "yuv420p"
        case Codec.MJPEG:
            stream = container.add_stream("mjpeg", rate=rate, options=_mjpeg_options(encoding.bit_rate))
            stream.pix_fmt = "yuvj420p"
            if encoding.bit_rate is not None:
                stream.bit_rate = encoding.bit_rate
    stream.width, stream.height = size_px
    stream.codec_context.thread_count = 1
    return stream


def _h264_options(bit_rate: int | None, groups: str) -> dict[str, str]:
    parameters = f"{groups}:threads=1"
    if bit_rate is None:
        return {"preset": "veryfast", "crf": _H264_QUALITY, "x264-params": parameters}
    # Filler fills up what a still scene does not need, as in a camera that is set to a constant bit rate.
    return {"preset": "veryfast", "x264-params": f"{parameters}:nal-hrd=cbr:{_constant(bit_rate)}"}


def _h265_options(bit_rate: int | None, groups: str) -> dict[str, str]:
    parameters = f"{groups}:open-gop=0:pools=none:frame-threads=1:log-level=none"
    if bit_rate is None:
        return {"preset": "ultrafast", "crf": _H265_QUALITY, "x265-params": parameters}
    return {"preset": "ultrafast", "x265-params": f"{parameters}:{_constant(bit_rate)}"}


def _constant(bit_rate: int) -> str:
    kilobits = max(1, bit_rate // 1_000)
    return f"bitrate={kilobits}:vbv-maxrate={kilobits}:vbv-bufsize={kilobits}"


def _mjpeg_options(bit_rate: int | None) -> dict[str, str]:
    # RTP/JPEG carries no Huffman tables: receivers take the standard ones.
    if bit_rate is None:
        return {"huffman": "default", "qmin": _MJPEG_QUALITY, "qmax": _MJPEG_QUALITY}
    return {"huffman": "default"}
