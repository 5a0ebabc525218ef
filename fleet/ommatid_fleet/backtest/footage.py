"""Video files as packets with times that go on from one file to the next."""

# PyAV's stubs leave the kind of stream of a demuxer's packets open.
# pyright: reportUnknownMemberType=false

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ommatid_schemas.errors import ConfigurationError


class Clip:
    """One open file.

    Args:
        path: The file, for errors.
        container: PyAV's side of it.
        begins_us: Time at which its first frame is shown, microseconds since the footage began.
    """

    def __init__(self, path: Path, container: InputContainer, begins_us: int) -> None:
        self.stream: VideoStream = container.streams.video[0]
        self.ends_us = begins_us
        self._path = path
        self._container = container
        self._begins_us = begins_us

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of its frames, pixels."""
        return self.stream.codec_context.width, self.stream.codec_context.height

    def packets(self) -> "Iterator[tuple[Packet[VideoStream], int]]":
        """Packets that hold a frame, in decoding order, and when it is shown, microseconds since the footage began.

        Raises:
            ConfigurationError: The file is damaged.
        """
        step_us = frame_us(self.stream)
        first: int | None = None
        packets = self._container.demux(self.stream)
        while (packet := self._next(packets)) is not None:
            if not packet.size:
                continue
            ticks = packet.pts if packet.pts is not None else packet.dts
            if ticks is None:
                at_us = self.ends_us
            else:
                first = ticks if first is None else first
                at_us = max(self._begins_us, self._begins_us + round((ticks - first) * packet.time_base * 1_000_000))
            self.ends_us = max(self.ends_us, at_us + step_us)
            yield packet, at_us

    def _next(self, packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
        try:
            return next(packets, None)
        except av.error.FFmpegError as exc:
            raise unreadable(self._path, exc) from None


@dataclass(frozen=True, slots=True)
class Footage:
    """Video files of one camera, one after the other, in codecs that cameras send."""

    paths: Sequence[Path]

    def clips(self) -> Generator[Clip]:
        """The files, opened in turn; each is to be read to its end before the next one is taken.

        Raises:
            ConfigurationError: One is no video.
        """
        begins_us = 0
        for path in self.paths:
            with open_footage(path) as container:
                clip = Clip(path, container, begins_us)
                yield clip
                begins_us = clip.ends_us

    def expected_s(self) -> float:
        """Length as the files say, seconds; those that do not say count for nothing.

        Raises:
            ConfigurationError: One is no video.
        """
        return sum(self._expected_s(path) for path in self.paths)

    def _expected_s(self, path: Path) -> float:
        with open_footage(path) as container:
            return 0.0 if container.duration is None else container.duration / av.time_base


@contextmanager
def open_footage(path: Path) -> Generator[InputContainer]:
    """Open a file that has a video stream which can be decoded.

    Raises:
        ConfigurationError: It has none.
    """
    try:
        # A playlist that calls itself a video must not make us read from the network.
        container = av.open(str(path), options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError) as exc:
        raise unreadable(path, exc) from None
    with container:
        if not container.streams.video:
            raise ConfigurationError(f"--video {path}: expected a video stream, found none")
        # PyAV's stubs do not know that there may be no decoder.
        if getattr(container.streams.video[0], "codec_context", None) is None:
            raise ConfigurationError(
                f"--video {path}: expected a codec that FFmpeg decodes, found one that it does not know"
            )
        yield container


def frame_us(stream: VideoStream) -> int:
    """Time from one frame to the next, for what has no timestamps and for the last one; 40 ms where nobody knows."""
    rate = stream.average_rate or stream.guessed_rate
    return round(1_000_000 / rate) if rate else 40_000


def unreadable(path: Path, fault: Exception) -> ConfigurationError:
    """Error about a file that is no video, or is damaged."""
    return ConfigurationError(f"--video {path}: expected a video file, found {type(fault).__name__}: {fault}")
