"""A stream's decoder, and the account of what went into it."""

# PyAV's stubs leave the kind of stream of a decoder's packets open.
# pyright: reportUnknownMemberType=false

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from ommatid_edge.decoding import rtcp_time_us
from ommatid_edge.gears.codecs import new_codec
from ommatid_edge.picture import ArrivedFrame, UndecodedPacket
from ommatid_edge.video_picture import VideoPicture

_MOST_REORDERED = 16
"""Frames that H.264 and H.265 may hold back to reorder them: a packet that has given none by then gives none."""

_HEALED_AFTER = 300
"""Frames after which a picture is taken for whole again that no key frame has replaced: ten to twenty seconds."""


@dataclass(frozen=True, slots=True)
class ArrivedPacket:
    """A packet with the time at which it was read, us UTC."""

    packet: "Packet[VideoStream]"
    arrived_at_us: int

    @property
    def rtcp_at_us(self) -> int | None:
        """Capture time by the camera's sender reports, us UTC; None before the first report."""
        return rtcp_time_us(self.packet)


@dataclass(frozen=True, slots=True, eq=False)
class _Sent:
    """Travels through the decoder with a packet, also past reordered frames."""

    arrived_at_us: int
    rtcp_at_us: int | None
    silent: bool


class PacketDecoder:
    """Turns packets into frames; each packet gives exactly one frame or one ``UndecodedPacket``.

    Args:
        stream: Video stream of an open connection.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._codec: VideoCodecContext | None = None
        self._reformatter = VideoReformatter()
        self._inside: OrderedDict[_Sent, None] = OrderedDict()
        self._damaged = 0  # frames since the one in which the decoder concealed something; 0 without one

    def decode(self, arrived: ArrivedPacket, *, silent: bool = False) -> Iterator[ArrivedFrame | UndecodedPacket]:
        """Decode a packet that follows the one before.

        Args:
            arrived: The next packet; after ``drain`` a key frame.
            silent: Whether its frame was given before; it is needed by the frames that follow.
        """
        if self._codec is None:
            self._codec = new_codec(self._stream)
        sent = _Sent(arrived.arrived_at_us, arrived.rtcp_at_us, silent)
        self._inside[sent] = None
        arrived.packet.opaque = sent
        try:
            frames = self._codec.decode(arrived.packet)
        except av.error.FFmpegError:
            self._damaged = 1
            yield from self._lost(sent)
            return
        for frame in frames:
            yield from self._given(frame)
        while len(self._inside) > _MOST_REORDERED:
            yield from self._lost(next(iter(self._inside)))

    def drain(self) -> Iterator[ArrivedFrame | UndecodedPacket]:
        """Take out what is still inside, and forget all pictures with the memory that they take."""
        codec, self._codec = self._codec, None
        if codec is not None and self._inside:
            for frame in _rest(codec):
                yield from self._given(frame)
        for sent in tuple(self._inside):
            yield from self._lost(sent)
        self._damaged = 0

    def _given(self, frame: VideoFrame) -> Iterator[ArrivedFrame]:
        sent = frame.opaque
        # A decoder that gives a second frame for one packet would make more frames than were captured.
        if isinstance(sent, _Sent) and sent in self._inside:
            del self._inside[sent]
            damaged = self._is_damaged(frame)
            if not sent.silent:
                picture = VideoPicture(frame, self._reformatter)
                yield ArrivedFrame(sent.arrived_at_us, sent.rtcp_at_us, damaged, picture)

    def _is_damaged(self, frame: VideoFrame) -> bool:
        """Whether a frame is damaged, or predicted from one that was: its own packet may be whole all the same.

        A stream that is refreshed without key frames has healed after a while.
        """
        if frame.is_corrupt:
            self._damaged = 1
        elif frame.key_frame or self._damaged >= _HEALED_AFTER:
            self._damaged = 0
        elif self._damaged:
            self._damaged += 1
        return self._damaged > 0

    def _lost(self, sent: _Sent) -> Iterator[UndecodedPacket]:
        self._inside.pop(sent, None)
        if not sent.silent:
            yield UndecodedPacket(sent.arrived_at_us)


def _rest(codec: VideoCodecContext) -> list[VideoFrame]:
    try:
        return codec.decode(None)
    except av.error.FFmpegError:
        return []
