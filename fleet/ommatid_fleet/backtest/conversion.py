"""Footage in a codec that no camera sends, such as an AVI of MPEG-4, made into H.264 as a camera would send it.

The gate reads packets: it decodes key frames alone while nothing moves, and more from their sizes. So footage is not
handed to it as pictures, but as packets with a key frame each two seconds. The encoder runs on one thread, so that the
same file always gives the same packets.
"""

# PyAV leaves the kind of stream of a demuxer's packets, and the options of add_stream, open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from ommatid_edge.simulator.encoding import Encoding
from ommatid_fleet.backtest.footage import frame_us, open_footage, unreadable
from ommatid_fleet.backtest.progress import Progress, Showing
from ommatid_schemas.errors import ConfigurationError

CAMERA_CODECS = ("h264", "hevc", "mjpeg")
"""What cameras send, and the edge agent decodes."""

_QUALITY = "18"  # of x264: what it loses is not seen
_LOG = logging.getLogger(__name__)


def playable(paths: Sequence[Path], folder: Path, showing: Showing) -> list[Path]:
    """Files that can be played: those that are given, but for what has to be converted.

    Args:
        paths: Video files.
        folder: Receives what is converted.
        showing: Shows how far a conversion is.

    Raises:
        ConfigurationError: One is no video, or is in a codec that cannot be decoded.
    """
    return [_playable(path, folder / f"{number}.mp4", showing) for number, path in enumerate(paths)]


def _playable(path: Path, target: Path, showing: Showing) -> Path:
    with open_footage(path) as container:
        codec = container.streams.video[0].codec_context.name
        if codec in CAMERA_CODECS:
            return path
        _LOG.info("%s: no camera sends %s; converting it to H.264 first", path, codec)
        expected_s = 0.0 if container.duration is None else container.duration / av.time_base
        with showing(f"convert {path.name}", expected_s) as progress:
            undecodable = _convert(_Source(path, container, progress), target)
    if undecodable:
        _LOG.warning("%s: %d of its packets cannot be decoded; what they show is missing", path, undecodable)
    return target


@dataclass(slots=True)
class _Source:
    """Frames of a file in the order in which they are shown, and how many packets held none that can be decoded."""

    path: Path
    container: InputContainer
    progress: Progress
    undecodable: int = 0

    @property
    def stream(self) -> VideoStream:
        return self.container.streams.video[0]

    def frames(self) -> Iterator[tuple[VideoFrame, int]]:
        """Each with its time in ticks of the stream's time base, counted from the first one and always growing."""
        tick = self.stream.time_base or Fraction(1, 1_000_000)
        step = max(1, round(frame_us(self.stream) / 1_000_000 / tick))
        first: int | None = None
        at = -step
        for frame in self._decoded():
            pts = frame.pts
            if pts is None:
                at += step
            else:
                first = pts - at - step if first is None else first
                at = max(at + 1, pts - first)
            self.progress(float(at * tick))
            yield frame, at

    def _decoded(self) -> Iterator[VideoFrame]:
        packets = self.container.demux(self.stream)
        # The last packet is empty and fetches what the decoder still holds.
        while (packet := self._next(packets)) is not None:
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                self.undecodable += 1

    def _next(self, packets: "Iterator[av.Packet[VideoStream]]") -> "av.Packet[VideoStream] | None":
        try:
            return next(packets, None)
        except av.error.FFmpegError as exc:
            raise unreadable(self.path, exc) from None


def _convert(source: _Source, target: Path) -> int:
    """Write a file of H.264; returns how many packets of the source cannot be decoded."""
    try:
        with av.open(str(target), "w", format="mp4") as container:
            stream = _h264_stream(container, source.stream)
            for frame, at in source.frames():
                picture = frame.reformat(stream.width, stream.height, stream.pix_fmt)
                picture.pts, picture.time_base = at, stream.codec_context.time_base
                picture.pict_type = PictureType.NONE
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
    except (av.error.FFmpegError, OSError) as exc:
        raise ConfigurationError(
            f"--video {source.path}: expected footage that can be converted to H.264, found "
            f"{type(exc).__name__}: {exc}; is there room in the temporary folder?"
        ) from exc
    return source.undecodable


def _h264_stream(container: OutputContainer, source: VideoStream) -> VideoStream:
    rate = Fraction(1_000_000, frame_us(source)).limit_denominator(1_001)
    group = Encoding().group_frames(float(rate))
    parameters = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0:threads=1"
    options = {"preset": "veryfast", "crf": _QUALITY, "x264-params": parameters}
    stream = container.add_stream("libx264", rate=rate, options=options)
    # Its chroma has half the size.
    stream.width, stream.height, stream.pix_fmt = source.width // 2 * 2, source.height // 2 * 2, "yuv420p"
    stream.codec_context.time_base = source.time_base or Fraction(1, 1_000_000)
    stream.codec_context.thread_count = 1
    return stream
